/**
 * Why a connection could not be had, in the words that Go's net package has for it and people know from kubelet.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { HostError } from "../../src/base/host.ts";

/** A host as a URL has it. */
export function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** The words. */
export function dialProblem(
  error: unknown,
  at: { readonly hostname: string; readonly port: number },
): string {
  const dial = `dial tcp ${bracketed(at.hostname)}:${at.port}`;
  if (error instanceof HostError) {
    switch (error.code) {
      case "refused":
        return `${dial}: connect: connection refused`;
      case "unreachable":
        return `${dial}: connect: no route to host`;
      case "timeout":
        return `${dial}: i/o timeout`;
      case "closed":
        return "EOF";
    }
  }
  return messageOf(error);
}
