/**
 * Makes HTTP answers: headers that Kubernetes sends, warnings, YAML and gzip.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { stringify as toYaml } from "yaml";

/** Bodies from this size on are compressed for clients that take gzip. Kubernetes' threshold. */
export const GZIP_THRESHOLD_BYTES = 128 * 1024;

/** gzip's fastest level; the wire is rarely slower than a better one. */
const GZIP_LEVEL = 1;

/** How to answer. */
export interface AnswerOptions {
  /** @default 200 */
  readonly status?: number;
  /** @default "json" */
  readonly media?: "json" | "yaml";
  /** Texts for `Warning` headers. */
  readonly warnings?: readonly string[];
  /** The request's `Accept-Encoding`; needed for gzip. */
  readonly acceptEncoding?: string | null;
}

/** An answer with a JSON body given as text. */
export function answerText(
  json: string,
  options: AnswerOptions = {},
): Response {
  const yaml = options.media === "yaml";
  const headers: Record<string, string> = {
    "content-type": yaml ? "application/yaml" : "application/json",
    "cache-control": "no-cache, private",
  };
  const status = options.status ?? 200;
  const text = yaml ? toYaml(JSON.parse(json)) : json;
  let body: BodyInit = text;
  if (
    text.length >= GZIP_THRESHOLD_BYTES && acceptsGzip(options.acceptEncoding)
  ) {
    headers["content-encoding"] = "gzip";
    headers["vary"] = "Accept-Encoding";
    body = new Uint8Array(gzipSync(text, { level: GZIP_LEVEL }));
  }
  return respond(body, { status, headers, warnings: options.warnings ?? [] });
}

/** An answer with a JSON body that is compressed already. */
export function answerGzip(
  body: Uint8Array<ArrayBuffer>,
  options: { readonly warnings: readonly string[] },
): Response {
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
    "content-encoding": "gzip",
    "vary": "Accept-Encoding",
  };
  return respond(body, { status: 200, headers, ...options });
}

function respond(
  body: BodyInit,
  { status, headers, warnings }: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly warnings: readonly string[];
  },
): Response {
  if (warnings.length === 0) return new Response(body, { status, headers });
  const list = new Headers(headers);
  for (const warning of warnings) {
    list.append("warning", warningHeader(warning));
  }
  return new Response(body, { status, headers: list });
}

/** An answer with a value that is turned into JSON. */
export function answerJson(value: unknown, options?: AnswerOptions): Response {
  return answerText(JSON.stringify(value), options);
}

/** RFC 7234's form, as Kubernetes sends it: code 299, no agent. Control characters cannot go into a header. */
export function warningHeader(text: string): string {
  const clean = [...text].filter((char) => char >= " " && char !== "\x7f")
    .join("").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `299 - "${encodeLatin(clean)}"`;
}

/** Header values are bytes: other characters travel as their UTF-8 bytes. */
function encodeLatin(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** Whether an `Accept-Encoding` takes gzip. */
export function acceptsGzip(header: string | null | undefined): boolean {
  if (!header) return false;
  return header.split(",").some((part) => {
    const [coding, quality] = part.split(";");
    return coding?.trim() === "gzip" && quality?.trim() !== "q=0";
  });
}
