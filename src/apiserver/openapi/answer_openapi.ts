/**
 * /openapi/v2, /openapi/v3 and below.
 *
 * @module
 */
import { notAcceptable, pathNotFound } from "../../api/status.ts";
import { acceptsGzip, answerJson } from "../answer.ts";
import { acceptedTypes, negotiate } from "../negotiate.ts";
import {
  documentBytes,
  type OpenApiDocument,
  type OpenApiDocuments,
} from "./documents.ts";

/** OpenAPI v2 in protobuf, as clients name it. */
const PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/** The same without a sign that media types may not have; answers are named so. */
const PROTOBUF_TYPE =
  "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const SWAGGER_FORMS: Readonly<Record<string, "json" | "protobuf">> = {
  "application/json": "json",
  "application/*": "json",
  "*/*": "json",
  [PROTOBUF]: "protobuf",
  [PROTOBUF_TYPE]: "protobuf",
};

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
  if (path === "/openapi/v2") {
    const form = acceptedTypes(headers.get("accept"))
      .map((type) => SWAGGER_FORMS[type]).find((one) => one !== undefined);
    if (form === undefined) {
      throw notAcceptable(["application/json", PROTOBUF_TYPE]);
    }
    const document = (await documents.swagger())[form];
    const type = form === "json" ? "application/json" : PROTOBUF_TYPE;
    return answerDocument(document, { ...at, headers, type });
  }
  if (!path.startsWith("/openapi/v3")) throw pathNotFound();
  if (negotiate(headers.get("accept"))?.media !== "json") {
    throw notAcceptable(["application/json"]);
  }
  const name = path.replace(/^\/openapi\/v3\/?/, "");
  if (name === "") return answerJson(await documents.index());
  const document = await documents.document(name);
  if (document === undefined) throw pathNotFound();
  return answerDocument(document, { ...at, headers, type: "application/json" });
}

function answerDocument(
  document: OpenApiDocument,
  { headers, params, type }: {
    readonly headers: Headers;
    readonly params: URLSearchParams;
    readonly type: string;
  },
): Response {
  const tag = `"${document.hash}"`;
  const common = {
    "content-type": type,
    "cache-control": params.get("hash") === document.hash
      ? IMMUTABLE
      : "no-cache, private",
    etag: tag,
    vary: "Accept, Accept-Encoding",
  };
  if (headers.get("if-none-match") === tag) {
    return new Response(null, { status: 304, headers: common });
  }
  if (!acceptsGzip(headers.get("accept-encoding"))) {
    return new Response(documentBytes(document), { headers: common });
  }
  return new Response(document.gzipped, {
    headers: { ...common, "content-encoding": "gzip" },
  });
}
