/**
 * What the controllers of identities and rights watch.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Client } from "../client/client.ts";
import {
  CERTIFICATE_SIGNING_REQUESTS,
  CLUSTER_ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import type { Manager } from "../loop/manager.ts";
import { CertificateApprovalReconciler } from "./certificate_approval.ts";
import {
  type CertificateIssuer,
  CertificateSigningReconciler,
} from "./certificate_signing.ts";
import { ClusterRoleAggregationReconciler } from "./cluster_role_aggregation.ts";
import {
  ACCOUNT_TOKEN_TYPE,
  type SecretTokenIssuer,
  ServiceAccountSecretReconciler,
} from "./service_account_secret.ts";

/** What only the server can do, for it has the keys. A controller whose part is absent does not run. */
export interface Issuers {
  /** Makes the tokens of Secrets. */
  readonly issueSecretToken?: SecretTokenIssuer;
  /** Signs certificates. */
  readonly issueCertificate?: CertificateIssuer;
}

/** Adds them to a manager. */
export function wireAuth(
  { host, client, manager, rootCa, issueSecretToken, issueCertificate }:
    & Issuers
    & {
      readonly host: Host;
      readonly client: Client;
      readonly manager: Manager;
      readonly rootCa?: string;
    },
): void {
  const roles = manager.informer(CLUSTER_ROLES);
  const aggregation = new ClusterRoleAggregationReconciler({ client, roles });
  manager.add(
    new Controller(host, aggregation).watch(
      roles,
      () => aggregation.keysOfRole(),
    ),
  );
  if (issueSecretToken !== undefined) {
    const secrets = manager.informer(SECRETS, {
      fieldSelector: `type=${ACCOUNT_TOKEN_TYPE}`,
    });
    const accounts = manager.informer(SERVICE_ACCOUNTS);
    const reconciler = new ServiceAccountSecretReconciler({
      client,
      secrets,
      accounts,
      issue: issueSecretToken,
      ...rootCa === undefined ? {} : { rootCa },
    });
    manager.add(
      new Controller(host, reconciler).watch(secrets)
        .watch(accounts, (change) => reconciler.keysOfAccount(change)),
    );
  }
  if (issueCertificate !== undefined) {
    const requests = manager.informer(CERTIFICATE_SIGNING_REQUESTS);
    const reconciler = new CertificateSigningReconciler(host, {
      client,
      requests,
      issue: issueCertificate,
    });
    manager.add(new Controller(host, reconciler).watch(requests));
    const approval = new CertificateApprovalReconciler(host, {
      client,
      requests,
    });
    manager.add(new Controller(host, approval).watch(requests));
  }
}
