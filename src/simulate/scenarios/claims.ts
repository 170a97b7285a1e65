/**
 * Pods with claims on three boxes. The server is killed while their volumes are made and bound; half of the pods and claims are deleted while a box has no power,
 * and the server is killed again. In the end each claim that is left has a volume of its own, its folder lies on the box of its pod, and no other folder is left.
 *
 * @module
 */
import { persistentVolumeClaims } from "../../api/core/persistent_volume_claim.ts";
import { persistentVolumes } from "../../api/core/persistent_volume.ts";
import { pods } from "../../api/core/pod.ts";
import { isApiError } from "../../api/status.ts";
import { LOCAL_PATH_NODE } from "../../api/volumes/local_path.ts";
import type { Client } from "../../client/client.ts";
import type { Fleet } from "../fleet.ts";
import { findViolations } from "../invariants.ts";
import { SeededRandom } from "../seeded_random.ts";

const CLAIMS = 6;
/** Binding takes about so long; the server is killed at some moment of it. */
const BINDING_MS = 1_500;

/** Runs it. @returns what was wrong in the end */
export async function claims(
  fleet: Fleet,
  { seed }: { readonly seed: number },
): Promise<string[]> {
  const { world, server } = fleet;
  const random = new SeededRandom(seed, "claims");
  const [, second] = fleet.nodes;
  const at = (fn: () => void) =>
    world.kernel.schedule(null, { afterMs: 0, fn });
  const killServer = async () => {
    at(() => server.crash());
    await world.run(5_000);
    at(() => server.boot());
  };
  at(() => server.boot());
  for (const { machine } of fleet.nodes) at(() => machine.boot());
  await world.run(10_000);

  fleet.onServer("apply", async (client) => {
    for (let i = 0; i < CLAIMS; i++) await apply(client, `data-${i}`);
  });
  await world.run(random.between(1, BINDING_MS));
  await killServer();
  await world.run(10_000);
  // What the crash has cut off is applied again, as people do.
  fleet.onServer("apply", async (client) => {
    for (let i = 0; i < CLAIMS; i++) await apply(client, `data-${i}`);
  });
  await world.run(90_000);

  at(() => fleet.cutPower(second!));
  await world.run(1_000);
  fleet.onServer("delete", async (client) => {
    for (let i = 0; i < CLAIMS; i += 2) {
      const at = { namespace: "default", name: `data-${i}` };
      await client.delete(pods, at);
      await client.delete(persistentVolumeClaims, at);
    }
  });
  await world.run(random.between(1_000, 40_000));
  await killServer();
  await world.run(20_000);
  at(() => second!.machine.boot());
  await world.run(300_000);

  let violations = ["Nothing was judged"];
  fleet.onServer("check", async (client) => {
    violations = [
      ...await findViolations(fleet, client),
      ...await check(fleet, client),
    ];
    world.record("world", "judged", { folders: CLAIMS / 2 });
  });
  await world.run(5_000);
  return violations;
}

async function apply(client: Client, name: string): Promise<void> {
  const metadata = { name, namespace: "default" };
  await unlessThere(client.create(persistentVolumeClaims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  }));
  await unlessThere(client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      containers: [{
        name: "main",
        image: "example.test/web:1",
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: name } }],
    },
  }));
}

async function unlessThere(create: Promise<unknown>): Promise<void> {
  try {
    await create;
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
  }
}

async function check(fleet: Fleet, client: Client): Promise<string[]> {
  const violations: string[] = [];
  const { items } = await client.list(persistentVolumeClaims);
  const { items: volumes } = await client.list(persistentVolumes);
  const { items: users } = await client.list(pods);
  const folders = new Map<string, string[]>();
  for (const { machine } of fleet.nodes) folders.set(machine.name, []);
  for (let i = 0; i < CLAIMS; i++) {
    const name = `data-${i}`;
    const claim = items.find(({ metadata }) => metadata.name === name);
    if (i % 2 === 0) {
      if (claim) violations.push(`Claim ${name} was deleted and is there`);
      continue;
    }
    const own = volumes.filter(({ spec }) =>
      spec.claimRef?.uid === claim?.metadata.uid
    );
    const [volume] = own;
    if (
      own.length !== 1 || claim?.status?.phase !== "Bound" ||
      volume?.status?.phase !== "Bound" ||
      claim.spec.volumeName !== volume.metadata.name
    ) {
      violations.push(
        `Claim ${name} is ${claim?.status?.phase} with ${own.length} volumes`,
      );
      continue;
    }
    const node = volume.metadata.annotations?.[LOCAL_PATH_NODE] ?? "";
    folders.get(node)?.push(volume.spec.hostPath!.path.split("/").at(-1)!);
    const user = users.find(({ metadata }) => metadata.name === name);
    if (user?.spec.nodeName !== node) {
      violations.push(`Pod ${name} is not on ${node}, where its volume is`);
    }
  }
  if (volumes.length !== CLAIMS / 2) {
    violations.push(`There are ${volumes.length} volumes`);
  }
  await compareFolders(fleet, { folders, violations });
  return violations;
}

async function compareFolders(
  fleet: Fleet,
  { folders, violations }: {
    folders: ReadonlyMap<string, readonly string[]>;
    violations: string[];
  },
): Promise<void> {
  for (const { machine } of fleet.nodes) {
    const looked = Promise.withResolvers<void>();
    machine.run("look", async ({ disk }) => {
      const there = await disk.list("/data/storage").catch(() => []);
      const wanted = folders.get(machine.name) ?? [];
      if (there.toSorted().join() !== wanted.toSorted().join()) {
        violations.push(
          `${machine.name} has folders ${there} and should have ${wanted}`,
        );
      }
      looked.resolve();
    });
    await looked.promise;
  }
}
