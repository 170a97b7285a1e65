/**
 * Authentication and authorisation as every server has them.
 *
 * @module
 */
import type { Host, SigningKey } from "../../base/host.ts";
import type { Store } from "../../store/store.ts";
import { Authenticator } from "./authenticator.ts";
import { anyOf, type Authorizer, type RuleResolver } from "./authorizer.ts";
import { BootstrapTokens } from "./bootstrap_token.ts";
import { ClientCertificates } from "./client_certificates.ts";
import { mastersAuthorizer } from "./masters_authorizer.ts";
import { NodeAuthorizer } from "./node_authorizer.ts";
import { publicPaths } from "./public_paths.ts";
import { RbacAuthorizer } from "./rbac/rbac_authorizer.ts";
import { allRules } from "./rule_resolver.ts";
import { ServiceAccountTokens } from "./service_account/service_account_tokens.ts";
import { type StaticToken, StaticTokens } from "./static_tokens.ts";

/** Who is who and who may do what. */
export interface Auth {
  /** Finds the identity behind a request. */
  readonly authenticator: Authenticator;
  /** All authorisers as one. */
  readonly authorizer: Authorizer;
  /** Lets nodes join. */
  readonly bootstrapTokens: BootstrapTokens;
  /** Issues ServiceAccounts' tokens. */
  readonly accountTokens: ServiceAccountTokens;
  /** Roles and who is bound to them. */
  readonly rbac: RbacAuthorizer;
  /** All that somebody may do, as far as it can be told. */
  readonly rules: RuleResolver;
}

/** Puts them together. */
export function makeAuth(
  host: Host,
  store: Store,
  options: {
    readonly tokens: readonly StaticToken[];
    readonly serviceAccountKey?: SigningKey;
  },
): Auth {
  const bootstrapTokens = new BootstrapTokens(host, store);
  const accountTokens = new ServiceAccountTokens(
    host,
    store,
    options.serviceAccountKey,
  );
  const rbac = new RbacAuthorizer(store);
  return {
    bootstrapTokens,
    accountTokens,
    rbac,
    rules: allRules(rbac),
    authenticator: new Authenticator({
      accounts: accountTokens,
      tokens: [new StaticTokens(host.crypto, options.tokens), bootstrapTokens],
      certificates: new ClientCertificates(host.crypto),
    }),
    authorizer: anyOf(
      mastersAuthorizer,
      publicPaths,
      new NodeAuthorizer(store),
      rbac,
    ),
  };
}
