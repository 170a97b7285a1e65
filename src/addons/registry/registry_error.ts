/**
 * What a registry refuses, in the specification's words.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes}
 *
 * @module
 */

/** The codes that clients know. */
export type RegistryErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS";

/** The status that a code is told with, unless an error says another. */
const STATUS: Readonly<Record<RegistryErrorCode, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
};

/** Refuses a request. */
export class RegistryError extends Error {
  /** `RegistryError`. */
  override readonly name = "RegistryError";
  /** What clients go by. */
  readonly code: RegistryErrorCode;
  /** HTTP's. */
  readonly status: number;
  readonly #detail: unknown;
  readonly #headers: Readonly<Record<string, string>>;

  /** A refusal. @param options.status @default the code's own */
  constructor(code: RegistryErrorCode, message: string, options: {
    readonly status?: number;
    readonly detail?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? STATUS[code];
    this.#detail = options.detail;
    this.#headers = options.headers ?? {};
  }

  /** As a client gets it. */
  answer(): Response {
    const { code, message, status } = this;
    const error = {
      code,
      message,
      ...this.#detail !== undefined && { detail: this.#detail },
    };
    return Response.json({ errors: [error] }, {
      status,
      headers: this.#headers,
    });
  }
}
