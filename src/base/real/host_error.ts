/**
 * Turns what Deno throws into {@linkcode HostError}.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { HostError, type HostErrorCode } from "../host.ts";

/** Codes by the operating system's error name, which most of Deno's errors carry as `code`. */
const BY_ERRNO: Readonly<Record<string, HostErrorCode>> = {
  ENOENT: "not-found",
  ENOTDIR: "not-found",
  ESRCH: "not-found",
  EEXIST: "already-exists",
  EACCES: "permission",
  EPERM: "permission",
  EROFS: "permission",
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EADDRINUSE: "in-use",
  EBUSY: "in-use",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  EHOSTDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  ECONNRESET: "closed",
  ECONNABORTED: "closed",
  EPIPE: "closed",
  EBADF: "closed",
  ETIMEDOUT: "timeout",
  EISDIR: "invalid",
  EINVAL: "invalid",
  ENAMETOOLONG: "invalid",
  ENOTEMPTY: "invalid",
  ELOOP: "invalid",
};

/** Codes by the name of Deno's error class, for errors without an errno. */
const BY_NAME: Readonly<Record<string, HostErrorCode>> = {
  NotFound: "not-found",
  AlreadyExists: "already-exists",
  PermissionDenied: "permission",
  NotCapable: "permission",
  AddrInUse: "in-use",
  Busy: "in-use",
  ConnectionRefused: "refused",
  AddrNotAvailable: "unreachable",
  NetworkUnreachable: "unreachable",
  ConnectionReset: "closed",
  ConnectionAborted: "closed",
  NotConnected: "closed",
  BrokenPipe: "closed",
  BadResource: "closed",
  UnexpectedEof: "closed",
  Interrupted: "closed",
  TimedOut: "timeout",
  TimeoutError: "timeout",
  InvalidData: "invalid",
  IsADirectory: "invalid",
  NotADirectory: "not-found",
  FilesystemLoop: "invalid",
};

/** Codes by text, for network errors that carry neither. First match wins. */
const BY_TEXT: readonly (readonly [RegExp, HostErrorCode])[] = [
  [/connection refused|ECONNREFUSED/i, "refused"],
  [/lookup address|dns error|name or service not known/i, "unreachable"],
  [/unreachable|no route to host/i, "unreachable"],
  [/timed out|deadline/i, "timeout"],
  [/connection (closed|reset)|broken pipe|incomplete message/i, "closed"],
  [/no such file/i, "not-found"],
  [/certificate|tls|handshake/i, "invalid"],
];

/** The code for an error, looking through its chain of causes. */
export function hostErrorCode(error: unknown): HostErrorCode {
  for (
    let at = error, depth = 0;
    at instanceof Error && depth < 5;
    at = at.cause, depth++
  ) {
    if (at instanceof HostError) return at.code;
    const errno = (at as { code?: unknown }).code;
    const code = (typeof errno === "string" ? BY_ERRNO[errno] : undefined) ??
      BY_NAME[at.name] ??
      BY_TEXT.find(([pattern]) => pattern.test((at as Error).message))?.[1];
    if (code !== undefined) return code;
  }
  return "other";
}

/**
 * An error as {@linkcode HostError}: `what` could not be done, then why. Aborts pass through as they are, for the reason of
 * an abort belongs to whoever aborted.
 */
export function hostError(what: string, error: unknown): Error {
  if (error instanceof HostError) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  return new HostError(hostErrorCode(error), `${what}: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** The innermost cause's text: fetch wraps "connection refused" twice. */
function reasonOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return messageOf(at);
}

/** Awaits a promise and turns its rejection into {@linkcode HostError}. */
export async function orHostError<T>(
  what: string,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw hostError(what, error);
  }
}
