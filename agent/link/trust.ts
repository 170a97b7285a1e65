/**
 * How a new node comes to trust its server.
 *
 * @module
 */
import { publicKeyHash } from "../../src/base/certificates.ts";
import type { Host } from "../../src/base/host.ts";

/** Where the server shows its CA to everybody. */
export const CA_PATH = "/wherry/v1/ca.crt";

/**
 * Fetches the CA without trusting anybody, and believes it only if its key has the hash that the join token names.
 *
 * @throws {HostError} when the server cannot be reached
 * @throws when the CA is another one
 */
export async function fetchTrustedCa(
  host: Pick<Host, "net" | "crypto">,
  options: {
    readonly server: string;
    readonly caHash: string;
    readonly signal?: AbortSignal;
  },
): Promise<string> {
  const { server, caHash, signal } = options;
  const response = await host.net.fetch(
    new Request(new URL(CA_PATH, server)),
    { insecureSkipVerify: true, ...(signal && { signal }) },
  );
  const text = await response.text();
  if (!response.ok) {
    throw new Error(
      `Could not fetch the CA from "${server}": status ${response.status}`,
    );
  }
  const found = publicKeyHash(host.crypto, text);
  if (found === caHash) return text;
  throw new WrongServerError(
    `Could not trust "${server}": its CA has the hash ${found}, the token names ${caHash}`,
  );
}

/** The server is not the one that the join token was made by. */
export class WrongServerError extends Error {
  override readonly name = "WrongServerError";
}
