/**
 * The cluster's authority and the server's certificate, made at the first start and kept in `pki/` of the data folder.
 *
 * @module
 */
import { join } from "node:path";
import {
  createAuthority,
  issueCertificate,
  type KeyedCertificate,
} from "../base/certificates.ts";
import { type Host, HostError, type SigningKey } from "../base/host.ts";
import { parseIp } from "../base/ip.ts";

/** What the server shows to clients. */
export interface Pki {
  readonly authority: KeyedCertificate;
  readonly server: KeyedCertificate;
  /** Signs ServiceAccounts' tokens. */
  readonly serviceAccounts: SigningKey;
}

/** Names that every server answers to. */
const OWN_NAMES = [
  "localhost",
  "127.0.0.1",
  "::1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

/**
 * Reads the authority and the server's certificate, or makes them. A server certificate that lacks one of the names is issued anew; the authority never
 * is, for every agent knows it by its key.
 *
 * @throws {Error} when what is there is damaged
 */
export async function loadPki(
  host: Host,
  options: { readonly folder: string; readonly names: readonly string[] },
): Promise<Pki> {
  const { folder } = options;
  await host.disk.mkdir(folder, { mode: 0o700 });
  const authority = await load(host, join(folder, "ca")) ??
    await save(
      host,
      join(folder, "ca"),
      createAuthority(host, { commonName: "wherry-ca" }),
    );
  const serviceAccounts = await loadSigningKey(host, join(folder, "sa"));
  const names = [...new Set([...OWN_NAMES, ...options.names])].sort();
  const listPath = join(folder, "server.names");
  const known = await readIfThere(host, listPath);
  const list = names.join("\n") + "\n";
  const old = known === list
    ? await load(host, join(folder, "server"))
    : undefined;
  if (old !== undefined) return { authority, server: old, serviceAccounts };
  const server = await save(
    host,
    join(folder, "server"),
    issueCertificate(host, {
      authority,
      request: {
        commonName: "wherry-server",
        usage: "server",
        dnsNames: names.filter((name) => parseIp(name) === undefined),
        ipAddresses: names.filter((name) => parseIp(name) !== undefined),
      },
    }),
  );
  await host.disk.writeAtomic(listPath, list);
  return { authority, server, serviceAccounts };
}

async function load(
  host: Host,
  path: string,
): Promise<KeyedCertificate | undefined> {
  const certificate = await readIfThere(host, `${path}.crt`);
  const privateKey = await readIfThere(host, `${path}.key`);
  // A key alone is left by a first start that was cut off.
  if (certificate === undefined) return undefined;
  if (privateKey === undefined) {
    throw new Error(
      `Could not start the server: "${path}.key" is missing, restore it from a backup`,
    );
  }
  const pair = { certificate, privateKey };
  checkPair(host, path, pair);
  return pair;
}

/** Tokens outlive a restart: the key is made once. The public half is written last, and is beside it for those who check tokens themselves. */
async function loadSigningKey(host: Host, path: string): Promise<SigningKey> {
  const privatePem = await readIfThere(host, `${path}.key`);
  const publicPem = await readIfThere(host, `${path}.pub`);
  if (publicPem === undefined) {
    const key = host.crypto.generateKey();
    await host.disk.writeAtomic(`${path}.key`, key.privatePem, { mode: 0o600 });
    await host.disk.writeAtomic(`${path}.pub`, key.publicPem);
    return key;
  }
  if (privatePem === undefined) {
    throw new Error(
      `Could not start the server: "${path}.key" is missing, restore it from a backup, or remove "${path}.pub" and with it all tokens`,
    );
  }
  const data = new Uint8Array([1]);
  const { crypto } = host;
  let fits: boolean;
  try {
    const signature = crypto.sign(privatePem, data);
    fits = crypto.verify(publicPem, { data, signature });
  } catch {
    fits = false;
  }
  if (fits) return { privatePem, publicPem };
  throw new Error(
    `Could not start the server: "${path}.key" does not belong to "${path}.pub", restore them from a backup`,
  );
}

/** Nobody trusts a server whose files are damaged, so it had better say so than start. */
function checkPair(host: Host, path: string, pair: KeyedCertificate): void {
  const { crypto } = host;
  const explained = <T>(file: string, read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      throw new Error(
        `Could not start the server: "${path}.${file}" is damaged, restore it from a backup`,
        { cause },
      );
    }
  };
  const { publicPem } = explained(
    "crt",
    () => crypto.readCertificate(pair.certificate),
  );
  const data = new Uint8Array([1]);
  const signature = explained("key", () => crypto.sign(pair.privateKey, data));
  if (!crypto.verify(publicPem, { data, signature })) {
    throw new Error(
      `Could not start the server: "${path}.key" does not belong to "${path}.crt", restore them from a backup`,
    );
  }
}

/** The key goes first: a certificate without its key would be taken for whole. */
async function save(
  host: Host,
  path: string,
  pair: KeyedCertificate,
): Promise<KeyedCertificate> {
  await host.disk.writeAtomic(`${path}.key`, pair.privateKey, { mode: 0o600 });
  await host.disk.writeAtomic(`${path}.crt`, pair.certificate);
  return pair;
}

async function readIfThere(
  host: Host,
  path: string,
): Promise<string | undefined> {
  try {
    return await host.disk.readText(path);
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}
