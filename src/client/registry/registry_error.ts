/**
 * What a registry answers instead of what was wanted.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes}
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import { readBounded } from "./read_bounded.ts";

/** How much of an error's text is read. */
const MAX_TEXT_BYTES = 16 * 1024;
/** How much of it is shown: it goes into events and statuses of pods. */
const SHOWN_LENGTH = 300;

/** A registry refused, or does not know what was asked for. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  /** HTTP status: 401, 403, 404, 429 …; 0 for an answer that broke the protocol. */
  readonly status: number;
  /** The registry's own word: `MANIFEST_UNKNOWN`, `DENIED` …; "" when it said none. */
  readonly code: string;
  constructor(
    message: string,
    options: ErrorOptions & { status: number; code?: string },
  ) {
    super(message, options);
    this.status = options.status;
    this.code = options.code ?? "";
  }
}

/** The error that an answer is; reads its body. @param what what could not be done: `get the manifest "team/app:1" from registry.example` */
export async function registryError(
  what: string,
  response: Response,
): Promise<RegistryError> {
  const { status } = response;
  const text = await readBounded(response, MAX_TEXT_BYTES)
    .then(decodeText, () => "");
  const { code, message } = firstError(text);
  const said = [code, message].filter(Boolean).join(": ") ||
    (isHtml(text) ? "" : text);
  const why = oneLine(said).slice(0, SHOWN_LENGTH);
  return new RegistryError(
    `Cannot ${what}: ${status} ${wordOf(status)}${why && `: ${why}`}`,
    { status, code },
  );
}

function firstError(text: string): { code: string; message: string } {
  try {
    const first = JSON.parse(text)?.errors?.[0];
    return {
      code: typeof first?.code === "string" ? first.code : "",
      message: typeof first?.message === "string" ? first.message : "",
    };
  } catch {
    return { code: "", message: "" };
  }
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

function isHtml(text: string): boolean {
  return /^\s*</.test(text);
}

/** Status lines do not cross every way that answers come; these are the ones that registries use. */
function wordOf(status: number): string {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
  }
  return "unexpected answer";
}
