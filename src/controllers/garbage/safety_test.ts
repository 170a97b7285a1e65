import assert from "node:assert/strict";
import fc from "fast-check";
import { HostError } from "../../base/host.ts";
import { ALL_KINDS } from "../../api/registry.ts";
import { withBench } from "../../testing/controller_bench.ts";
import { addGarbageCollector } from "./mod.ts";

/** Objects are of two kinds in turn, so that an owner's watch may be later than a dependent's. */
const KINDS = ["ConfigMap", "Secret"] as const;
const kindOf = (at: number) => KINDS[at % 2]!;
const collectionOf = (at: number) =>
  `/api/v1/namespaces/default/${kindOf(at).toLowerCase()}s`;
const pathOf = (at: number) => `${collectionOf(at)}/o${at}`;

/** One thing that happens. Numbers choose among all objects ever made, so that owners may be gone. */
type Step =
  | { do: "create"; owners: number[]; block: boolean }
  | {
    do: "delete";
    which: number;
    policy: "Background" | "Foreground" | "Orphan";
  }
  | { do: "hold"; plural: string | undefined }
  | { do: "release" | "break-watches" | "lose-answer" | "refuse" }
  | { do: "wait"; ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("create" as const),
        owners: fc.array(fc.nat(), { maxLength: 3 }),
        block: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("delete" as const),
        which: fc.nat(),
        policy: fc.constantFrom(
          "Background" as const,
          "Foreground" as const,
          "Orphan" as const,
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("hold" as const),
        plural: fc.constantFrom("configmaps", "secrets", undefined),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "release" as const,
          "break-watches" as const,
          "lose-answer" as const,
          "refuse" as const,
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        ms: fc.integer({ min: 0, max: 3_000 }),
      }),
    },
  ),
  { minLength: 3, maxLength: 40 },
);

/** What should be left: by uid, the owners that each object names. */
class Model {
  readonly #owners = new Map<string, Set<string>>();

  create(uid: string, owners: string[]): void {
    this.#owners.set(uid, new Set(owners));
  }

  delete(uid: string): void {
    this.#owners.delete(uid);
  }

  orphan(uid: string): void {
    this.#owners.delete(uid);
    for (const owners of this.#owners.values()) {
      // One that named only this owner names none now, and stays.
      owners.delete(uid);
    }
  }

  /** All is done by now: what is gone is gone, and references to it are dropped where another owner stands. */
  settle(named: ReadonlySet<string>): void {
    const left = new Set(this.left(named));
    for (const [uid, owners] of this.#owners) {
      if (!left.has(uid)) this.#owners.delete(uid);
      for (const owner of owners) if (!left.has(owner)) owners.delete(owner);
    }
  }

  /** Takes away, again and again, what names owners of which none is left. */
  left(named: ReadonlySet<string>): string[] {
    const left = new Map(this.#owners);
    for (let before = -1; before !== left.size;) {
      before = left.size;
      for (const [uid, owners] of left) {
        if (
          named.has(uid) && owners.size > 0 &&
          ![...owners].some((owner) => left.has(owner))
        ) {
          left.delete(uid);
        }
      }
    }
    return [...left.keys()].sort();
  }
}

Deno.test("the garbage collector deletes all that no owner holds, and nothing else", () =>
  fc.assert(
    fc.asyncProperty(
      steps,
      (sequence) =>
        withBench(({ host, client, manager }) => {
          addGarbageCollector(host, manager, { client, kinds: ALL_KINDS });
        }, async ({ host, api, client }) => {
          const model = new Model();
          const uids: string[] = [];
          const named = new Set<string>();
          let lose = 0, refuse = 0, ours = false;
          const fetch = api.fetch.bind(api);
          api.fetch = async (request) => {
            const isTheirs = !ours && !request.url.includes("watch=");
            if (isTheirs && refuse > 0) {
              refuse--;
              return Response.json({
                kind: "Status",
                code: 503,
                message: "no luck",
              }, { status: 503 });
            }
            const response = await fetch(request);
            if (isTheirs && lose > 0) {
              lose--;
              throw new HostError("closed", "Connection broke");
            }
            return response;
          };
          for (const step of sequence) {
            switch (step.do) {
              case "create": {
                const name = `o${uids.length}`;
                const owners = uids.length === 0
                  ? []
                  : [...new Set(step.owners.map((at) => at % uids.length))];
                const uid = `uid-${name}`;
                api.put(collectionOf(uids.length), {
                  apiVersion: "v1",
                  kind: kindOf(uids.length),
                  metadata: {
                    name,
                    uid,
                    ...owners.length === 0 ? {} : {
                      ownerReferences: owners.map((at) => ({
                        apiVersion: "v1",
                        kind: kindOf(at),
                        name: `o${at}`,
                        uid: `uid-o${at}`,
                        blockOwnerDeletion: step.block,
                      })),
                    },
                  },
                });
                uids.push(uid);
                if (owners.length > 0) named.add(uid);
                model.create(uid, owners.map((at) => uids[at]!));
                break;
              }
              case "delete": {
                if (uids.length === 0) break;
                const at = step.which % uids.length;
                if (
                  api.object(pathOf(at))?.metadata.deletionTimestamp
                ) break;
                // Who is let go is only clear when all is known and nothing is under way.
                if (step.policy === "Orphan") {
                  lose = refuse = 0;
                  api.releaseEvents();
                  await host.advance(300_000);
                  model.settle(named);
                }
                const exists = api.object(pathOf(at)) !== undefined;
                ours = true;
                await client.raw(pathOf(at), {
                  method: "DELETE",
                  body: JSON.stringify({ propagationPolicy: step.policy }),
                });
                ours = false;
                if (!exists) break;
                if (step.policy !== "Orphan") {
                  model.delete(uids[at]!);
                  break;
                }
                await host.advance(1_000);
                model.orphan(uids[at]!);
                break;
              }
              case "hold":
                api.releaseEvents();
                api.holdEvents(step.plural);
                break;
              case "release":
                api.releaseEvents();
                break;
              case "break-watches":
                api.endWatches("break");
                break;
              case "lose-answer":
                lose++;
                break;
              case "refuse":
                refuse++;
                break;
              case "wait":
                await host.advance(step.ms);
            }
          }
          lose = refuse = 0;
          api.releaseEvents();
          await host.advance(600_000);
          const left = ["configmaps", "secrets"].flatMap((plural) =>
            api.objects(plural)
          ).map(({ metadata }) => metadata.uid as string).sort();
          assert.deepEqual(left, model.left(named));
        }),
    ),
    { numRuns: 150, seed: 21 },
  ));
