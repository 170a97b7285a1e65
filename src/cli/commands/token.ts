/**
 * `wherry token`: join tokens for nodes, in Kubernetes' bootstrap-token form.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { KubeObject, Resource } from "../../api/kind.ts";
import { publicKeyHash } from "../../base/certificates.ts";
import type { Client } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK } from "../failure.ts";
import { alignCells } from "../table.ts";

/** A Secret, as far as it is used here. */
interface SecretView extends KubeObject {
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

const SECRETS: Resource<SecretView> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};

const NAMESPACE = "kube-system";
const TYPE = "bootstrap.kubernetes.io/token";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
/** How long a token is good for unless said otherwise, as kubeadm's: a day. */
export const DEFAULT_TOKEN_TTL_SECONDS = 24 * 3600;

/** What a new token is like. */
export interface JoinTokenRequest {
  readonly client: Client;
  /** Good for so long; 0 is without end. */
  readonly ttlSeconds: number;
  readonly description?: string;
}

/** Makes a token in the API: `id.secret`, Kubernetes' form. */
export async function makeJoinToken(
  host: Host,
  request: JoinTokenRequest,
): Promise<string> {
  const { client, ttlSeconds, description } = request;
  const id = randomText(host, 6);
  const secret = randomText(host, 16);
  const expires = new Date(host.clock.now() + ttlSeconds * 1000);
  await client.create(SECRETS, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: NAMESPACE },
    type: TYPE,
    stringData: {
      "token-id": id,
      "token-secret": secret,
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": "system:bootstrappers:wherry",
      ...description ? { description } : {},
      ...ttlSeconds > 0
        ? { expiration: expires.toISOString().replace(/\.\d+Z$/, "Z") }
        : {},
    },
  });
  return `${id}.${secret}`;
}

/**
 * Makes a token and prints it: `id.secret@sha256:HASH`, the hash being the one of the CA's public key.
 *
 * @param flags `ttlSeconds` 0 is without end
 */
export async function createToken(
  context: CliContext,
  flags: { readonly ttlSeconds?: number; readonly description?: string },
): Promise<number> {
  // Asked before the token is made: a token without the hash is of no use.
  const hash = await caHash(context);
  const token = await makeJoinToken(context.host, {
    client: await context.client(),
    ttlSeconds: flags.ttlSeconds ?? DEFAULT_TOKEN_TTL_SECONDS,
    ...flags.description ? { description: flags.description } : {},
  });
  await context.print(`${token}@${hash}`);
  return EXIT_OK;
}

/** Lists the tokens without their secrets. */
export async function listTokens(context: CliContext): Promise<number> {
  const client = await context.client();
  const { items } = await client.list(SECRETS, {
    namespace: NAMESPACE,
    fieldSelector: `type=${TYPE}`,
  });
  const rows = items.map(({ data = {} }) => [
    text(data["token-id"]),
    text(data["expiration"]) || "<never>",
    text(data["description"]) || "<none>",
  ]);
  await context.terminal.out(
    alignCells([["TOKEN ID", "EXPIRES", "DESCRIPTION"], ...rows]),
  );
  return EXIT_OK;
}

/** Takes a token back. Nodes that joined with it stay. */
export async function deleteToken(
  context: CliContext,
  token: string,
): Promise<number> {
  const id = token.split(".")[0] ?? "";
  if (!/^[a-z0-9]{6}$/.test(id)) {
    throw new CliFailure(`"${token}" is no token or token id`);
  }
  const client = await context.client();
  await client.delete(SECRETS, {
    name: `bootstrap-token-${id}`,
    namespace: NAMESPACE,
  });
  await context.print(`token "${id}" deleted`);
  return EXIT_OK;
}

/** SHA-256 of the CA's SubjectPublicKeyInfo, from the server over the trusted connection. */
async function caHash(context: CliContext): Promise<string> {
  const client = await context.client();
  const response = await client.raw("/wherry/v1/ca.crt");
  if (!response.ok) {
    throw new CliFailure(
      "could not get the server's CA certificate: this is no Wherry server",
    );
  }
  return publicKeyHash(context.host.crypto, await response.text());
}

/** Unbiased: bytes beyond the last whole alphabet are thrown away. */
function randomText(host: Host, length: number): string {
  const limit = 256 - 256 % ALPHABET.length;
  let result = "";
  while (result.length < length) {
    for (const byte of host.random.bytes(length)) {
      if (byte < limit && result.length < length) {
        result += ALPHABET[byte % ALPHABET.length];
      }
    }
  }
  return result;
}

function text(base64: string | undefined): string {
  return base64 === undefined ? "" : atob(base64);
}
