/**
 * What the controllers of quotas and of storage in use watch.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Client } from "../client/client.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  RESOURCE_QUOTAS,
  VOLUME_ATTRIBUTES_CLASSES,
} from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import type { Manager } from "../loop/manager.ts";
import { BY_NAMESPACE } from "../loop/owners.ts";
import {
  claimInformer,
  podInformer,
  volumeInformer,
} from "../loop/shared_informers.ts";
import { FinalizerGuard } from "./finalizer_guard.ts";
import {
  classesOfClaim,
  isClassUsed,
  isVolumeUsed,
  PV_FINALIZER,
  VAC_FINALIZER,
} from "./pv_protection.ts";
import { claimsOfPod, isClaimUsed, PVC_FINALIZER } from "./pvc_protection.ts";
import { type Listable, ResourceQuotaReconciler } from "./resource_quota.ts";

/** What is needed for it. */
export interface ProtectionWiring {
  readonly host: Host;
  readonly client: Client;
  readonly manager: Manager;
}

/** Adds the controller that repairs quotas. */
export function wireResourceQuotas(
  { host, client, manager }: ProtectionWiring,
  kinds: readonly Listable[],
): void {
  const quotas = manager.informer(RESOURCE_QUOTAS, {
    indexes: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ""] },
  });
  const pods = podInformer(manager);
  const reconciler = new ResourceQuotaReconciler(host, {
    client,
    quotas,
    pods,
    kinds,
  });
  manager.add(
    new Controller(host, reconciler).watch(quotas)
      .watch(pods, (change) => reconciler.keysOfPod(change)),
  );
}

/** Adds the controllers that keep claims, volumes and classes of attributes while they are used. */
export function wireProtection(
  { host, client, manager }: ProtectionWiring,
): void {
  const pods = podInformer(manager);
  const claims = claimInformer(manager);
  const volumes = volumeInformer(manager);
  const classes = manager.informer(VOLUME_ATTRIBUTES_CLASSES);
  const claimGuard = new FinalizerGuard({
    name: "pvc-protection",
    finalizer: PVC_FINALIZER,
    client,
    resource: PERSISTENT_VOLUME_CLAIMS,
    objects: claims,
    isUsed: (claim, signal) => isClaimUsed(claim, { client, pods }, signal),
  });
  manager.add(
    new Controller(host, claimGuard).watch(claims)
      .watch(
        pods,
        (change) =>
          claimsOfPod(change).filter((key) => claimGuard.isWaiting(key)),
      ),
  );
  manager.add(
    new Controller(
      host,
      new FinalizerGuard({
        name: "pv-protection",
        finalizer: PV_FINALIZER,
        client,
        resource: PERSISTENT_VOLUMES,
        objects: volumes,
        isUsed: isVolumeUsed,
      }),
    ).watch(volumes),
  );
  const classGuard = new FinalizerGuard({
    name: "vac-protection",
    finalizer: VAC_FINALIZER,
    client,
    resource: VOLUME_ATTRIBUTES_CLASSES,
    objects: classes,
    isUsed: (one) => isClassUsed(one, { claims, volumes }),
  });
  const waiting = (names: readonly (string | undefined)[]) =>
    names.filter((name): name is string =>
      name !== undefined && classGuard.isWaiting(name)
    );
  manager.add(
    new Controller(host, classGuard).watch(classes)
      .watch(
        claims,
        ({ previous }) =>
          waiting(previous === undefined ? [] : classesOfClaim(previous)),
      )
      .watch(
        volumes,
        ({ previous }) => waiting([previous?.spec.volumeAttributesClassName]),
      ),
  );
}
