/**
 * Tokens of pods' ServiceAccounts: asked for once, kept over restarts, and renewed in time.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { decodeBase64Url, decodeText } from "../../src/base/bytes.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { EpochMs, Host, Timer } from "../../src/base/host.ts";

/** A token is renewed after this part of its life … */
const RENEW_PART = 0.8;
/** … but no later than this, as kubelet does. */
const LONGEST_KEEP_MS = 24 * 3_600_000;
/** Wait before a renewal that failed is tried again; the old token serves meanwhile. */
const RETRY_MS = 60_000;
/** Of a token that does not tell its life. */
const UNKNOWN_LIFE_SECONDS = 3_600;

/** Which token a volume wants. */
export interface TokenWish {
  /** Whom it is for; the API server when absent. */
  readonly audience?: string;
  /** The life that is asked for. */
  readonly expirationSeconds: number;
}

/** A token that the node holds. */
export interface HeldToken extends TokenWish {
  /** The JWT. */
  readonly token: string;
  /** When it came, by the node's own clock. */
  readonly receivedMs: EpochMs;
}

/** All tokens of a pod, as the checkpoint keeps them. */
export interface TokensOfPod {
  /** The pod's. */
  readonly uid: string;
  /** One for each wish. */
  readonly tokens: readonly HeldToken[];
}

/** What {@linkcode PodTokens} needs. */
export interface PodTokensOptions {
  /** From the checkpoint. */
  readonly known: readonly TokensOfPod[];
  /** Asks the API. */
  readonly request: (pod: Pod, wish: TokenWish) => Promise<string>;
  /** Keeps a pod's tokens over a restart. */
  readonly save: (tokens: TokensOfPod) => void;
  /** Called when a token of a pod is due: whoever mounts it asks for it again. */
  readonly onDue: (uid: string) => void;
  /** Whether there is contact with the server now. */
  readonly isUp: () => boolean;
  /** Ends all timers. */
  readonly signal: AbortSignal;
}

/** What is held for one pod. */
interface Entry {
  readonly held: Map<string, HeldToken>;
  /** Requests that are under way, by wish: two mounts at once ask once. */
  readonly asked: Map<string, Promise<string>>;
  timer?: Timer;
}

/**
 * Gives a pod's volumes their tokens. Without contact the one that is held is given as it is, expired or not: the server decides what it honours, and a
 * node that was off must not keep its pods from starting.
 */
export class PodTokens {
  readonly #host: Host;
  readonly #options: PodTokensOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(host: Host, options: PodTokensOptions) {
    this.#host = host;
    this.#options = options;
    for (const { uid, tokens } of options.known) {
      const held = tokens.map((token) => [wishKey(token), token] as const);
      this.#entries.set(uid, { held: new Map(held), asked: new Map() });
      this.#schedule(uid);
    }
    options.signal.addEventListener("abort", () => this.#cancelAll());
  }

  /** A token for a volume of the pod. Waits for contact when none is held. @throws what the API answers then */
  async get(pod: Pod, wish: TokenWish): Promise<string> {
    const uid = pod.metadata.uid!;
    const entry = this.#entry(uid);
    const held = entry.held.get(wishKey(wish));
    if (held !== undefined && !this.#isDue(held)) {
      return held.token;
    }
    if (held === undefined) return await this.#ask(entry, pod, wish);
    // What is due is asked for at the next contact.
    if (!this.#options.isUp()) {
      this.#schedule(uid, RETRY_MS);
      return held.token;
    }
    try {
      return await this.#ask(entry, pod, wish);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#host.log("warn", "Could not renew a pod's token", {
        pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
        error: messageOf(error),
      });
      this.#schedule(uid, RETRY_MS);
      return held.token;
    }
  }

  /** There is contact with the server again: what has become due meanwhile is renewed. */
  connected(): void {
    for (const [uid, { held }] of this.#entries) {
      if ([...held.values()].some((token) => this.#isDue(token))) {
        this.#options.onDue(uid);
      }
    }
  }

  /** Forgets a pod's tokens. */
  forget(uid: string): void {
    this.#entries.get(uid)?.timer?.cancel();
    this.#entries.delete(uid);
  }

  #cancelAll(): void {
    for (const { timer } of this.#entries.values()) timer?.cancel();
  }

  #entry(uid: string): Entry {
    let entry = this.#entries.get(uid);
    if (entry === undefined) {
      entry = { held: new Map(), asked: new Map() };
      this.#entries.set(uid, entry);
    }
    return entry;
  }

  #ask(entry: Entry, pod: Pod, wish: TokenWish): Promise<string> {
    const key = wishKey(wish);
    let asked = entry.asked.get(key);
    if (asked === undefined) {
      asked = this.#request(entry, pod, wish).finally(() =>
        entry.asked.delete(key)
      );
      entry.asked.set(key, asked);
    }
    return asked;
  }

  async #request(entry: Entry, pod: Pod, wish: TokenWish): Promise<string> {
    const uid = pod.metadata.uid!;
    const token = await this.#options.request(pod, wish);
    const receivedMs = this.#host.clock.now();
    const held = { ...wish, token, receivedMs };
    entry.held.set(wishKey(wish), held);
    // The pod may be gone by now.
    if (this.#entries.get(uid) === entry) {
      this.#options.save({ uid, tokens: [...entry.held.values()] });
      this.#schedule(uid);
    }
    return token;
  }

  #isDue(held: HeldToken): boolean {
    return this.#leftMs(held) <= 0;
  }

  /** Time until a token is to be renewed. A clock that was put back makes it due: nobody knows how old it is. */
  #leftMs({ token, receivedMs }: HeldToken): number {
    const ageMs = this.#host.clock.now() - receivedMs;
    if (ageMs < 0) return 0;
    const keepMs = lifeSeconds(token) * 1000 * RENEW_PART;
    return Math.min(keepMs, LONGEST_KEEP_MS) - ageMs;
  }

  /** Sets the timer for the pod's token that is due first. */
  #schedule(uid: string, atLeastMs = 1): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined || this.#options.signal.aborted) return;
    const leftMs = [...entry.held.values()].map((held) => this.#leftMs(held));
    entry.timer?.cancel();
    entry.timer = this.#host.clock.after(
      Math.max(atLeastMs, Math.min(...leftMs)),
      () => {
        delete entry.timer;
        // Without contact the next one tells.
        if (this.#options.isUp()) this.#options.onDue(uid);
      },
    );
  }
}

function wishKey({ audience = "", expirationSeconds }: TokenWish): string {
  return `${expirationSeconds} ${audience}`;
}

/** The life that a token has by its own word: servers may give a longer one than was asked for. */
function lifeSeconds(token: string): number {
  try {
    const body = decodeText(decodeBase64Url(token.split(".")[1] ?? ""));
    const { exp, iat } = JSON.parse(body) as { exp?: number; iat?: number };
    const life = Number(exp) - Number(iat);
    return life > 0 ? life : UNKNOWN_LIFE_SECONDS;
  } catch {
    return UNKNOWN_LIFE_SECONDS;
  }
}
