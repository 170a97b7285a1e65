/**
 * What the controllers of volumes watch.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event_recorder.ts";
import { NODES } from "../../client/resources.ts";
import { LOCAL_PATH_PROVISIONER } from "../../api/volumes/local_path.ts";
import { Controller } from "../../loop/controller.ts";
import { ItemBackoff } from "../../loop/item_backoff.ts";
import type { Manager } from "../../loop/manager.ts";
import {
  claimInformer,
  podInformer,
  storageClassInformer,
  volumeInformer,
} from "../../loop/shared_informers.ts";
import { VolumeBinder } from "./binder.ts";
import { EphemeralClaims } from "./ephemeral.ts";
import { ClaimExpansion } from "./expansion.ts";
import { LocalPathProvisioner } from "./local_path.ts";

/** What is needed for it. */
export interface VolumeWiring {
  readonly host: Host;
  readonly client: Client;
  readonly manager: Manager;
  /** A recorder that speaks as a component; closed with the rest. */
  recorder(component: string): EventRecorder;
}

/** Adds the binder, the provisioner of local folders, what lets claims grow, and what makes the claims of ephemeral volumes. */
export function wireVolumes(
  { host, client, manager, recorder }: VolumeWiring,
): void {
  const claims = claimInformer(manager);
  const volumes = volumeInformer(manager);
  const classes = storageClassInformer(manager);
  const pods = podInformer(manager);
  const nodes = manager.informer(NODES);
  const binder = new VolumeBinder({
    client,
    claims,
    volumes,
    classes,
    pods,
    recorder: recorder("persistentvolume-controller"),
  });
  manager.add(
    // One at a time: two choices must not be made on the same picture.
    new Controller(host, binder, { concurrency: 1 })
      .watch(volumes, (change) => binder.keysOfVolume(change))
      .watch(claims, (change) => binder.keysOfClaim(change))
      .watch(classes, (change) => binder.keysOfClass(change))
      .watch(pods, (change) => binder.keysOfPod(change)),
  );
  const provisioner = new LocalPathProvisioner({
    client,
    claims,
    volumes,
    classes,
    nodes,
    recorder: recorder(LOCAL_PATH_PROVISIONER),
  });
  manager.add(
    // A folder that is in use is free within a grace period.
    new Controller(host, provisioner, {
      backoff: new ItemBackoff({ baseMs: 500, maxMs: 60_000 }),
    })
      .watch(claims, (change) => provisioner.keysOfClaim(change))
      .watch(volumes, (change) => provisioner.keysOfVolume(change))
      .watch(nodes, (change) => provisioner.keysOfNode(change)),
  );
  const expansion = new ClaimExpansion({
    client,
    claims,
    volumes,
    recorder: recorder("volume_expand"),
  });
  manager.add(new Controller(host, expansion).watch(claims));
  const ephemeral = new EphemeralClaims({
    client,
    pods,
    claims,
    recorder: recorder("ephemeral_volume"),
  });
  manager.add(
    new Controller(host, ephemeral)
      .watch(pods, (change) => ephemeral.keysOfPod(change))
      .watch(claims, (change) => ephemeral.keysOfClaim(change)),
  );
}
