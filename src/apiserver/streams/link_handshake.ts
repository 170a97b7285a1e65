/**
 * Who is at the other end of a new link.
 *
 * ```text
 *   server → { type: "challenge", nonce, time }
 *   agent  → { type: "identify", node, publicKey, signature, bootstrapToken? }
 *   server → { type: "welcome", time, keepAliveSeconds }   or   { type: "refused", code, reason }
 * ```
 *
 * The signature is over a fresh nonce, so nothing that was heard before can be sent again. A node's key is what it is known by: it is stored when the
 * node first comes with a bootstrap token, and is asked for ever after.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { isApiError } from "../../api/status.ts";
import { type Secret, secrets } from "../../api/core/secret.ts";
import { componentUser } from "../auth/user.ts";
import type { ApiServer } from "../call.ts";
import { createObject } from "../create_object.ts";

/** What is signed before the nonce, so that a signature serves for nothing else. */
export const SIGNED_PREFIX = "wherry-link-v1\n";
/** The namespace of identities. */
const NAMESPACE = "kube-system";
/** The type of the Secrets that hold nodes' keys. */
const IDENTITY_TYPE = "wherry.dev/node-identity";
const NODE_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** What an agent says of itself. */
export interface Identification {
  readonly node: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** base64url of the ES256 signature over {@linkcode SIGNED_PREFIX}, the nonce, a line feed and the node's name. */
  readonly signature: string;
  readonly bootstrapToken?: string;
}

/** Why a link is not let in. */
export type RefusalCode =
  | "bad-identification"
  | "bad-signature"
  | "bad-token"
  | "unknown-node"
  | "wrong-key";

/** A link that is not let in; the agent is told code and reason. */
export class LinkRefused extends Error {
  override readonly name = "LinkRefused";
  /** Short and constant, for programs. */
  readonly code: RefusalCode;
  constructor(code: RefusalCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Reads the agent's message. @throws {LinkRefused} `bad-identification` */
export function readIdentification(message: unknown): Identification {
  let value: unknown;
  try {
    value = typeof message === "string" ? JSON.parse(message) : undefined;
  } catch {
    value = undefined;
  }
  const { type, node, publicKey, signature, bootstrapToken } =
    (value ?? {}) as Record<string, unknown>;
  if (
    type !== "identify" || typeof node !== "string" ||
    typeof publicKey !== "string" || typeof signature !== "string"
  ) {
    throw new LinkRefused(
      "bad-identification",
      "The first message is not an identification",
    );
  }
  if (!NODE_NAME.test(node)) {
    throw new LinkRefused("bad-identification", `"${node}" is not a node name`);
  }
  return {
    node,
    publicKey,
    signature,
    ...(typeof bootstrapToken === "string" ? { bootstrapToken } : {}),
  };
}

/**
 * Checks an identification, and stores the key of a new node.
 *
 * @throws {LinkRefused}
 */
export async function admitNode(
  api: ApiServer,
  nonce: string,
  identification: Identification,
): Promise<void> {
  const { node, publicKey, signature } = identification;
  const data = new TextEncoder().encode(`${SIGNED_PREFIX}${nonce}\n${node}`);
  if (!verify(api, publicKey, { data, signature })) {
    throw new LinkRefused(
      "bad-signature",
      "The signature does not fit the key",
    );
  }
  const known = knownKey(api, node);
  if (known !== undefined) return checkKey(node, known, publicKey);
  const token = identification.bootstrapToken ?? "";
  if (token === "") {
    throw new LinkRefused(
      "unknown-node",
      `Node "${node}" is not known here: join it with a token from "wherry token create"`,
    );
  }
  if (!api.bootstrapTokens.admits(token)) {
    throw new LinkRefused(
      "bad-token",
      "The join token is wrong or has expired",
    );
  }
  try {
    await storeKey(api, node, publicKey);
  } catch (error) {
    // Somebody else joined under this name at the same moment.
    if (!isApiError(error, "AlreadyExists")) throw error;
    checkKey(node, knownKey(api, node), publicKey);
  }
}

function verify(
  api: ApiServer,
  publicKey: string,
  { data, signature }: { data: Uint8Array; signature: string },
): boolean {
  try {
    const bytes = new Uint8Array(Buffer.from(signature, "base64url"));
    return api.host.crypto.verify(publicKey, { data, signature: bytes });
  } catch {
    // Not a key of the right sort.
    return false;
  }
}

function checkKey(
  node: string,
  known: string | undefined,
  publicKey: string,
): void {
  if (known !== undefined && known.trim() === publicKey.trim()) return;
  throw new LinkRefused(
    "wrong-key",
    `Node "${node}" is known by another key: choose another node name, or delete Secret "${NAMESPACE}/${
      secretName(node)
    }" if the machine was set up anew`,
  );
}

function secretName(node: string): string {
  return `node-identity-${node}`;
}

/** Where a node's key is stored. */
export function identityKey(node: string): string {
  return `secrets/${NAMESPACE}/${secretName(node)}`;
}

/** The key that a node is known by; undefined when it is not known. */
export function knownKey(api: ApiServer, node: string): string | undefined {
  const row = api.store.get(identityKey(node));
  if (row === undefined) return undefined;
  const secret: Secret = JSON.parse(row.text);
  const key = secret.data?.["publicKey"];
  return key === undefined ? undefined : atob(key);
}

async function storeKey(
  api: ApiServer,
  node: string,
  publicKey: string,
): Promise<void> {
  await createObject<Secret>(api, {
    kind: secrets,
    namespace: NAMESPACE,
    user: componentUser("apiserver"),
    dryRun: false,
    warnings: [],
  }, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secretName(node), namespace: NAMESPACE },
    type: IDENTITY_TYPE,
    data: { publicKey: btoa(publicKey) },
  });
}
