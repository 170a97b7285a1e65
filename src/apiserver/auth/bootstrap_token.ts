/**
 * Bootstrap tokens, as kubeadm has them: Secrets `kube-system/bootstrap-token-<id>`.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { Secret } from "../../api/core/secret.ts";
import type { Store } from "../../store/store.ts";
import type { TokenAuthenticator } from "./authenticator.ts";
import { AUTHENTICATED_GROUP, type User } from "./user.ts";

/** The type of the Secrets. */
export const BOOTSTRAP_TOKEN_TYPE = "bootstrap.kubernetes.io/token";

/** Every bootstrap token's user is of this group. */
const BOOTSTRAP_GROUP = "system:bootstrappers";
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;

/** Recognises bootstrap tokens. */
export class BootstrapTokens implements TokenAuthenticator {
  readonly #host: Host;
  readonly #store: Store;

  constructor(host: Host, store: Store) {
    this.#host = host;
    this.#store = store;
  }

  /** The token as a bearer token: `usage-bootstrap-authentication`. */
  authenticate(token: string): User | undefined {
    const secret = this.#find(token);
    if (secret === undefined) return undefined;
    if (read(secret, "usage-bootstrap-authentication") !== "true") {
      return undefined;
    }
    const extra = read(secret, "auth-extra-groups") ?? "";
    const groups = extra === "" ? [] : [...new Set(extra.split(","))].sort();
    // A token that wants to be more than it can be is none.
    if (!groups.every((group) => EXTRA_GROUP.test(group))) return undefined;
    const id = read(secret, "token-id");
    return {
      name: `system:bootstrap:${id}`,
      groups: [BOOTSTRAP_GROUP, ...groups, AUTHENTICATED_GROUP],
    };
  }

  /** Whether the token lets a node join: it may authenticate. */
  admits(token: string): boolean {
    return this.authenticate(token) !== undefined;
  }

  #find(token: string): Secret | undefined {
    const match = TOKEN.exec(token);
    if (match === null) return undefined;
    const [, id, secret] = match;
    const row = this.#store.get(`secrets/kube-system/bootstrap-token-${id}`);
    if (row === undefined) return undefined;
    const object: Secret = JSON.parse(row.text);
    if (object.type !== BOOTSTRAP_TOKEN_TYPE) return undefined;
    if (object.metadata.deletionTimestamp !== undefined) return undefined;
    if (read(object, "token-id") !== id) return undefined;
    const { crypto } = this.#host;
    const same = crypto.equal(
      crypto.sha256(secret!),
      crypto.sha256(read(object, "token-secret") ?? ""),
    );
    return same && !this.#expired(object) ? object : undefined;
  }

  #expired(secret: Secret): boolean {
    const expiration = read(secret, "expiration");
    if (expiration === undefined) return false;
    const until = Date.parse(expiration);
    // A time that cannot be read is no permission.
    return Number.isNaN(until) || until <= this.#host.clock.now();
  }
}

function read(secret: Secret, key: string): string | undefined {
  const value = secret.data?.[key];
  return value === undefined ? undefined : atob(value);
}
