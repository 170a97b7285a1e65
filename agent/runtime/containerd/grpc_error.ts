/**
 * Errors of gRPC calls.
 *
 * @module
 */

/** Status codes that are told apart here (grpc/grpc, doc/statuscodes.md). */
export const GrpcCode = {
  Ok: 0,
  Cancelled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
} as const;

/** A call that failed, with the server's code and text. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  /** One of {@linkcode GrpcCode}, or another number. */
  readonly code: number;
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Reads headers or trailers; undefined when they carry no status. Code 0 is success. */
  static fromHeaders(
    headers: Readonly<Record<string, unknown>>,
  ): GrpcError | undefined {
    const code = headers["grpc-status"];
    if (code !== undefined) {
      return new GrpcError(
        Number(code),
        decodeText(String(headers["grpc-message"] ?? "")),
      );
    }
    const http = headers[":status"];
    if (http === undefined || Number(http) === 200) return undefined;
    return new GrpcError(
      GrpcCode.Unavailable,
      `The socket does not speak gRPC: HTTP status ${http}`,
    );
  }
}

/** Whether `error` is a {@linkcode GrpcError} with one of the codes. */
export function isGrpc(
  error: unknown,
  ...codes: readonly (keyof typeof GrpcCode)[]
): error is GrpcError {
  return error instanceof GrpcError &&
    codes.some((code) => GrpcCode[code] === error.code);
}

/** The message is percent-encoded; a broken one is better shown as it is than lost. */
function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
