/**
 * The address of a Service as an IPAddress of networking.k8s.io: who has the row has the address, and whoever lists IPAddresses sees what is taken.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { Service } from "../../api/core/service.ts";
import type { KubeObject } from "../../api/kind.ts";
import {
  type IPAddress,
  ipAddresses,
} from "../../api/networking/ip_address.ts";
import { forbidden } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import type { Key, Store, Value } from "../../store/store.ts";
import { encodeObject } from "../metadata.ts";
import type { KindHooks } from "./kind_hooks.ts";

/** Where IPAddresses lie. */
export const ADDRESS_PREFIX: string = `${ipAddresses.storagePrefix}/`;

const LABELS = {
  "ipaddress.kubernetes.io/ip-family": "IPv4",
  "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
} as const;

/** The row by which a Service has an address. */
export function addressOf(
  host: Host,
  service: KubeObject,
  address: string,
): (revision: number) => Value {
  const { name = "", namespace = "" } = service.metadata;
  const object: IPAddress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: {
      name: address,
      uid: host.random.uuid(),
      creationTimestamp: formatTime(host.clock.now()),
      labels: { ...LABELS },
    },
    spec: { parentRef: { resource: "services", namespace, name } },
  };
  return (revision) => ({
    text: encodeObject(object, revision),
    labels: LABELS,
  });
}

function serviceKey({ spec: { parentRef } }: IPAddress): Key | undefined {
  const { group = "", resource, namespace = "", name = "" } = parentRef ?? {};
  return group === "" && resource === "services"
    ? `services/${namespace}/${name}`
    : undefined;
}

/** An address that a Service has cannot be deleted under it: another Service would get it too. */
export const addressHooks: KindHooks<IPAddress> = {
  plan({ next, previous }) {
    const key = next === undefined && previous !== undefined
      ? serviceKey(previous)
      : undefined;
    return {
      keys: key === undefined ? [] : [key],
      apply(transaction) {
        if (key === undefined) return;
        const row = transaction.get(key);
        const { name = "" } = previous!.metadata;
        const holder: Service | undefined = row && JSON.parse(row.text);
        if (holder?.spec.clusterIP !== name) return;
        throw forbidden(
          ipAddresses,
          name,
          `the address is in use by the service ${
            key.slice("services/".length)
          }`,
        );
      },
    };
  },
};

const CLUSTER_IP = /"clusterIP":"([0-9.]+)"/;

/** Gives every Service the row of its address that it lacks, for example because an older server wrote none. */
export async function repairAddresses(
  host: Host,
  store: Store,
): Promise<void> {
  const lacking = store.list("services/").rows.flatMap((row) => {
    const address = CLUSTER_IP.exec(row.text)?.[1];
    return address === undefined ||
        store.get(ADDRESS_PREFIX + address) !== undefined
      ? []
      : [{ key: row.key, address }];
  });
  await Promise.all(
    lacking.map(({ key, address }) =>
      store.transact([key, ADDRESS_PREFIX + address], (transaction) => {
        const row = transaction.get(key);
        if (row === undefined) return;
        if (transaction.get(ADDRESS_PREFIX + address) !== undefined) return;
        const service: Service = JSON.parse(row.text);
        if (service.spec.clusterIP !== address) return;
        transaction.put(
          ADDRESS_PREFIX + address,
          addressOf(host, service, address),
        );
      })
    ),
  );
}
