/**
 * Who this node is: its key pair and the server that it belongs to.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";
import { encodeHex } from "../../src/base/bytes.ts";

/** Only the agent reads what lies here. */
const SECRET_MODE = 0o600;

/** A node's identity, in files under `<dataDir>/identity`. Nothing in it ever expires. */
export class Identity {
  readonly #host: Pick<Host, "disk" | "crypto" | "random">;
  readonly #folder: string;
  /** PKCS #8 PEM of the node's key. */
  readonly privatePem: string;
  /** SubjectPublicKeyInfo PEM of the node's key. */
  readonly publicPem: string;
  /** 32 bytes that seal secrets in the checkpoint. */
  readonly sealKey: Uint8Array;
  #ca: string | undefined;
  #server: string | undefined;
  #joined: boolean;

  private constructor(
    host: Pick<Host, "disk" | "crypto" | "random">,
    state: {
      folder: string;
      privatePem: string;
      publicPem: string;
      sealKey: Uint8Array;
      ca: string | undefined;
      server: string | undefined;
      joined: boolean;
    },
  ) {
    this.#host = host;
    this.#folder = state.folder;
    this.privatePem = state.privatePem;
    this.publicPem = state.publicPem;
    this.sealKey = state.sealKey;
    this.#ca = state.ca;
    this.#server = state.server;
    this.#joined = state.joined;
  }

  /**
   * Reads the identity, or makes one at the first start.
   *
   * @throws when a file is there but broken: a node never takes another identity by itself
   */
  static async load(
    host: Pick<Host, "disk" | "crypto" | "random">,
    dataDir: string,
  ): Promise<Identity> {
    const folder = `${dataDir}/identity`;
    await host.disk.mkdir(folder, { mode: 0o700 });
    const keyFile = `${folder}/key.pem`;
    let pems = await readOptional(host, keyFile);
    if (pems === undefined) {
      const key = host.crypto.generateKey();
      pems = `${key.privatePem.trim()}\n${key.publicPem.trim()}\n`;
      await host.disk.writeAtomic(keyFile, pems, { mode: SECRET_MODE });
    }
    const sealFile = `${folder}/seal.key`;
    if (await readOptional(host, sealFile) === undefined) {
      await host.disk.writeAtomic(sealFile, host.random.bytes(32), {
        mode: SECRET_MODE,
      });
    }
    return new Identity(host, {
      folder,
      privatePem: pemOf(pems, "PRIVATE KEY", keyFile),
      publicPem: pemOf(pems, "PUBLIC KEY", keyFile),
      sealKey: await readKey(host, sealFile),
      ca: await readOptional(host, `${folder}/ca.crt`),
      server: (await readOptional(host, `${folder}/server`))?.trim(),
      joined: await readOptional(host, `${folder}/joined`) !== undefined,
    });
  }

  /** PEM of the only CA that this node trusts; absent before it was told. */
  get ca(): string | undefined {
    return this.#ca;
  }

  /** `https://host:port` of the server; absent before it was told. */
  get server(): string | undefined {
    return this.#server;
  }

  /** Whether a server has ever accepted this key. */
  get joined(): boolean {
    return this.#joined;
  }

  /** A short name of the public key, for logs. */
  get fingerprint(): string {
    return encodeHex(this.#host.crypto.sha256(this.publicPem)).slice(0, 16);
  }

  /** Remembers the CA to trust. */
  async setCa(ca: string): Promise<void> {
    if (ca === this.#ca) return;
    await this.#host.disk.writeAtomic(`${this.#folder}/ca.crt`, ca);
    this.#ca = ca;
  }

  /** Remembers the server. */
  async setServer(server: string): Promise<void> {
    if (server === this.#server) return;
    await this.#host.disk.writeAtomic(`${this.#folder}/server`, `${server}\n`);
    this.#server = server;
  }

  /** Remembers that a server knows this key. */
  async setJoined(): Promise<void> {
    if (this.#joined) return;
    await this.#host.disk.writeAtomic(`${this.#folder}/joined`, "");
    this.#joined = true;
  }
}

async function readOptional(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<string | undefined> {
  try {
    return await disk.readText(path);
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}

async function readKey(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<Uint8Array> {
  const key = await disk.read(path);
  if (key.length === 32) return key;
  throw new Error(
    `Could not read the key "${path}": it has ${key.length} bytes, not 32`,
  );
}

function pemOf(pems: string, label: string, path: string): string {
  const found = new RegExp(
    `-----BEGIN ${label}-----[\\s\\S]+?-----END ${label}-----`,
  ).exec(pems);
  if (found) return `${found[0]}\n`;
  throw new Error(
    `Could not read the node's key: "${path}" has no "${label}" (move the file away to join as a new node)`,
  );
}
