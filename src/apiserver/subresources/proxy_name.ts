/**
 * What a proxy's path names: `name`, `name:port` or `scheme:name:port`.
 *
 * @module
 */
import { badRequest } from "../../api/status.ts";

/** The parts. */
export interface ProxyName {
  readonly scheme: "http" | "https";
  readonly name: string;
  /** A number or a port's name; "" when none is given. */
  readonly port: string;
}

/** Splits a name. @param kind how the error calls it, for example `pod` @throws {ApiError} 400 */
export function parseProxyName(text: string, kind: string): ProxyName {
  const parts = text.split(":");
  const [scheme, name, port] = parts.length === 3
    ? parts as [string, string, string]
    : ["", parts[0]!, parts[1] ?? ""];
  const known = scheme === "" || scheme === "http" || scheme === "https";
  if (parts.length > 3 || name === "" || !known) {
    throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  }
  return { scheme: scheme === "https" ? scheme : "http", name, port };
}
