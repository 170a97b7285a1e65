/**
 * /openapi/v2, /openapi/v3 and below.
 *
 * @module
 */
import { notAcceptable, pathNotFound } from "../../api/status.ts";
import { acceptsGzip, answerJson } from "../answer.ts";
import { negotiate } from "../negotiate.ts";
import { documentText, type OpenApiDocuments } from "./documents.ts";

/** With its hash in the URL a document never changes. */
const IMMUTABLE = "public, immutable, max-age=31536000";

/** Answers. @throws {ApiError} 404, 406 */
export async function answerOpenApi(
  documents: OpenApiDocuments,
  request: Request,
  at: { readonly path: string; readonly params: URLSearchParams },
): Promise<Response> {
  const { headers } = request;
  const { path } = at;
  const v2 = path === "/openapi/v2";
  if (!v2 && !path.startsWith("/openapi/v3")) throw pathNotFound();
  if (negotiate(headers.get("accept"))?.media !== "json") {
    throw notAcceptable(["application/json"]);
  }
  const name = path.replace(/^\/openapi\/v3\/?/, "");
  if (name === "") return answerJson(await documents.index());
  const document = v2
    ? await documents.swagger()
    : await documents.document(name);
  if (document === undefined) throw pathNotFound();
  const tag = `"${document.hash}"`;
  const common = {
    "content-type": "application/json",
    "cache-control": at.params.get("hash") === document.hash
      ? IMMUTABLE
      : "no-cache, private",
    etag: tag,
    vary: "Accept, Accept-Encoding",
  };
  if (headers.get("if-none-match") === tag) {
    return new Response(null, { status: 304, headers: common });
  }
  if (!acceptsGzip(headers.get("accept-encoding"))) {
    return new Response(documentText(document), { headers: common });
  }
  return new Response(document.gzipped, {
    headers: { ...common, "content-encoding": "gzip" },
  });
}
