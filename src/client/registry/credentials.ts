/**
 * Who asks a registry.
 *
 * @module
 */
import { encodeBase64, encodeText } from "../../base/bytes.ts";

/** A user's name and password, or a token that is sent as it is. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

/** The header `Authorization` for a name and password. */
export function basicHeader(
  { username, password }: { username: string; password: string },
): string {
  return `Basic ${encodeBase64(encodeText(`${username}:${password}`))}`;
}
