/**
 * Who may use images that are on the node: one that was pulled with a pod's credentials is for pods that have them too.
 *
 * Images that were there before, or came without credentials, are everybody's: kubelet's policy `NeverVerifyPreloadedImages`.
 *
 * @see {@link https://kubernetes.io/docs/concepts/containers/images/#ensureimagepullcredentialverification}
 *
 * @module
 */
import { encodeHex } from "../../src/base/bytes.ts";
import { type Host, HostError } from "../../src/base/host.ts";

/** Credentials for a registry. */
export interface PullAuth {
  readonly username: string;
  readonly password: string;
  /** The secret that they came from: `<namespace>/<name>/<uid>`. */
  readonly source?: string;
}

/** What the file holds. */
interface Content {
  /** By the image's reference and the repository that it was pulled from: what opens it. */
  readonly pulled: Record<string, Record<string, string[]>>;
  /** Images that were being pulled with credentials: after a crash nobody knows how that ended. */
  readonly pulling: string[];
}

/** Opens an image to everybody. */
const EVERYBODY = "*";

/** Remembered in a file, which is written when an image is pulled with credentials and at no other time. */
export class ImageAccess {
  readonly #host: Pick<Host, "disk" | "crypto">;
  readonly #path: string;
  #content: Promise<Content> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    host: Pick<Host, "disk" | "crypto">,
    options: { readonly path: string },
  ) {
    this.#host = host;
    this.#path = options.path;
  }

  /** Whether a pod may use an image that is here without asking its registry. `credentials` are looked up only when it matters. */
  async isOpen(image: string, options: {
    readonly imageRef: string;
    readonly repository: string;
    readonly credentials: () => Promise<readonly PullAuth[]>;
  }): Promise<boolean> {
    const { pulled, pulling } = await this.#read();
    const keys = pulled[options.imageRef];
    if (!keys) return !pulling.includes(image);
    const mine = keys[options.repository] ?? [];
    if (mine.includes(EVERYBODY)) return true;
    const credentials = await options.credentials();
    return credentials.some((one) =>
      this.#keys(one).some((key) => mine.includes(key))
    );
  }

  /** A pull with credentials begins. */
  async begins(image: string): Promise<void> {
    await this.#change(({ pulling }) => {
      if (!pulling.includes(image)) pulling.push(image);
    });
  }

  /** A pull has ended: with these credentials, without any, or in vain (`imageRef` absent). */
  async ended(image: string, options: {
    readonly imageRef?: string;
    readonly repository: string;
    readonly used?: PullAuth | undefined;
  }): Promise<void> {
    const { imageRef, repository, used } = options;
    const { pulled, pulling } = await this.#read();
    // Most nodes never pull with credentials, and write nothing.
    const isNoted = imageRef !== undefined && pulled[imageRef] !== undefined;
    if (!used && !isNoted && !pulling.includes(image)) return;
    await this.#change((content) => {
      const at = content.pulling.indexOf(image);
      if (at !== -1) content.pulling.splice(at, 1);
      if (imageRef === undefined || !used && !isNoted) return;
      const keys = content.pulled[imageRef] ??= {};
      const more = used ? this.#keys(used) : [EVERYBODY];
      keys[repository] = [...new Set([...keys[repository] ?? [], ...more])];
    });
  }

  /** The secret that they came from, and their digest: either of the two is enough. */
  #keys({ username, password, source }: PullAuth): string[] {
    const digest = this.#host.crypto.sha256(`${username}\n${password}`);
    return [
      `sha256:${encodeHex(digest)}`,
      ...source === undefined ? [] : [`secret:${source}`],
    ];
  }

  #read(): Promise<Content> {
    return this.#content ??= this.#host.disk.readText(this.#path)
      .then((text) => JSON.parse(text) as Content)
      .catch((error) => {
        // A file that is there and cannot be read now must not open all images to everybody.
        if (error instanceof HostError && error.code !== "not-found") {
          this.#content = undefined;
          throw error;
        }
        return { pulled: {}, pulling: [] };
      });
  }

  #change(change: (content: Content) => void): Promise<void> {
    const turn = this.#last.then(async () => {
      const content = await this.#read();
      change(content);
      await this.#host.disk.writeAtomic(this.#path, JSON.stringify(content), {
        mode: 0o600,
      });
    });
    this.#last = turn.catch(() => {}); // its caller sees the error
    return turn;
  }
}
