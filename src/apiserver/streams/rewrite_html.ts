/**
 * Links of a proxied page: those that begin with a slash mean the backend, and must lead through the proxy.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { concat } from "../../base/bytes.ts";

/** Longer pages are passed on as they are. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Attributes that hold URLs (HTML living standard, "Attributes"). */
const ATTRIBUTES =
  /(\s(?:action|background|cite|classid|codebase|data|formaction|href|icon|longdesc|profile|src|usemap)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/gi;
const START_TAG = /<[a-z][^>]*>/gi;

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Whether an answer is a page whose links can be changed: HTML, and either plain or gzip. */
export function isPage(headers: Headers): boolean {
  const type = headers.get("content-type")?.split(";")[0]?.trim();
  const encoding = headers.get("content-encoding") ?? "";
  const length = Number(headers.get("content-length") ?? 0);
  return type?.toLowerCase() === "text/html" && length <= MAX_PAGE_BYTES &&
    ["", "identity", "gzip"].includes(encoding.toLowerCase());
}

/**
 * The page with its links changed. Takes length and encoding out of the headers: both are others then.
 *
 * @param headers of the answer, see {@linkcode isPage}
 * @param rewrite what becomes of a URL
 */
export async function rewritePage(
  body: Body,
  headers: Headers,
  rewrite: (url: string) => string,
): Promise<Uint8Array<ArrayBuffer> | Body> {
  const zipped = headers.get("content-encoding")?.toLowerCase() === "gzip";
  const plain: Body = zipped
    ? body.pipeThrough(new DecompressionStream("gzip"))
    : body;
  headers.delete("content-encoding");
  headers.delete("content-length");
  const reader = plain.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size <= MAX_PAGE_BYTES;) {
    const { done, value } = await reader.read();
    if (done) return rewriteHtml(concat(parts), rewrite);
    parts.push(value);
    size += value.length;
  }
  return new ReadableStream({
    async pull(controller) {
      const part = parts.shift() ?? (await reader.read()).value;
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Latin-1 keeps every byte as it is, whatever the page's encoding: tags and URLs are ASCII in all that browsers take. */
function rewriteHtml(
  page: Uint8Array,
  rewrite: (url: string) => string,
): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(page).toString("latin1").replace(
    START_TAG,
    (tag) =>
      tag.replace(ATTRIBUTES, (_whole, before: string, value: string) => {
        const quote = /^["']/.exec(value)?.[0] ?? "";
        const url = quote === "" ? value : value.slice(1, -1);
        return before + quote + rewrite(url) + quote;
      }),
  );
  return new Uint8Array(Buffer.from(text, "latin1"));
}
