/**
 * The power goes at each single step of a push, a deletion and a collection, one run a step: what was answered is there afterwards, and nothing has a name
 * that it should not have.
 */
import assert from "node:assert/strict";
import { encodeHex, encodeText } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import type { ContentDigest } from "../../base/oci/content_digest.ts";
import { RealCryptography } from "../../base/real/crypto.ts";
import { RealRandom } from "../../base/real/random.ts";
import type { SimMachine } from "../../simulate/world.ts";
import { World } from "../../simulate/world.ts";
import { KvBlobStore } from "../../store/kv_blob_store.ts";
import { MemoryKv, MemoryKvData } from "../../store/memory_kv.ts";
import { DiskBlobStore } from "./disk_blob_store.ts";
import { Registry } from "./registry.ts";
import { imageOf, type Storage } from "./registry_rig.ts";

const LAYERS = ["a", "b", "c"].map((name) => name.repeat(300));
const CRYPTO = new RealCryptography(new RealRandom());

/** What the machine's clients were told before the power went. */
interface Told {
  /** Tags, with the digests of their manifests and blobs. */
  readonly images: Map<string, string[]>;
  upload: { path: string; bytes: number } | undefined;
}

class Client {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async ask(method: string, path: string, body?: string): Promise<Response> {
    const url = new URL(path, "http://registry/v2/app/");
    return await this.#registry.answer({
      request: new Request(url, {
        method,
        ...body !== undefined && { body: encodeText(body) },
      }),
      path: url.pathname,
      params: url.searchParams,
      user: "admin",
      may: () => true,
    });
  }

  async pushImage(tag: string, layers: readonly string[]): Promise<string[]> {
    const contents = ["{}", ...layers];
    const digests = contents.map(sha256);
    for (const [n, content] of contents.entries()) {
      if ((await this.ask("HEAD", `blobs/${digests[n]}`)).status === 200) {
        continue;
      }
      const begun = await this.ask("POST", "blobs/uploads/");
      const path = begun.headers.get("location")!;
      await this.#expect(202, "PATCH", path, content.slice(0, 100));
      await this.#expect(
        201,
        "PUT",
        `${path}?digest=${digests[n]}`,
        content.slice(100),
      );
    }
    const manifest = JSON.stringify(imageOf(digests, contents));
    await this.#expect(201, "PUT", `manifests/${tag}`, manifest);
    return [sha256(manifest), ...digests];
  }

  async #expect(
    status: number,
    ...asked: [string, string, string]
  ): Promise<void> {
    const answer = await this.ask(...asked);
    assert.equal(answer.status, status, await answer.text());
  }
}

async function open(host: Host, storage: Storage): Promise<Client> {
  await host.disk.mkdir("/data");
  const kv = await host.openKv("/data/index.sqlite3");
  const store = storage === "disk"
    ? await DiskBlobStore.open(host, "/data/registry")
    : await KvBlobStore.open(host, { kv, prefix: ["contents"] });
  return new Client(
    await Registry.open(host, { store, kv, prefix: ["index"] }),
  );
}

/** Pushes, goes on with an upload, deletes, collects. */
async function live(client: Client, told: Told): Promise<void> {
  told.images.set("one", await client.pushImage("one", LAYERS.slice(0, 2)));
  const { headers } = await client.ask("POST", "blobs/uploads/");
  const path = headers.get("location")!;
  await client.ask("PATCH", path, "kept");
  told.upload = { path, bytes: 4 };
  told.images.set("two", await client.pushImage("two", LAYERS.slice(1)));
  const [manifest] = told.images.get("one")!;
  told.images.delete("one");
  await client.ask("DELETE", `manifests/${manifest}`);
  await client.ask("POST", "/v2/_wherry/registry/garbage?graceSeconds=0");
  told.upload = undefined;
}

/** What was told is there, and it goes on from there. */
async function judge(client: Client, told: Told): Promise<void> {
  const check = async (tag: string, digests: readonly string[]) => {
    const [manifest, ...blobs] = digests;
    for (
      const [path, digest] of [
        [`manifests/${tag}`, manifest],
        [`manifests/${manifest}`, manifest],
        ...blobs.map((blob) => [`blobs/${blob}`, blob]),
      ]
    ) {
      const answer = await client.ask("GET", path!);
      assert.equal(answer.status, 200, path);
      assert.equal(sha256(await answer.text()), digest, path);
    }
  };
  for (const [tag, digests] of told.images) await check(tag, digests);
  const { upload } = told;
  if (upload !== undefined) {
    const answer = await client.ask("GET", upload.path);
    if (answer.status === 204) {
      assert.equal(answer.headers.get("range"), `0-${upload.bytes - 1}`);
    }
  }
  for (const tag of ["one", "two", "three"]) {
    await check(tag, await client.pushImage(tag, LAYERS));
  }
  await client.ask("POST", "/v2/_wherry/registry/garbage?graceSeconds=0");
  for (const tag of ["one", "two", "three"]) {
    await check(tag, await client.pushImage(tag, LAYERS));
  }
}

/** One run. @returns how many steps there are */
async function run(
  storage: Storage,
  end: SimMachine["endAt"],
): Promise<number> {
  const told: Told = { images: new Map(), upload: undefined };
  const world = new World({
    seed: 1,
    print: () => {},
    openKv: ({ path, databases, delay }) => {
      const data = databases.get(path) ?? new MemoryKvData();
      databases.set(path, data);
      return Promise.resolve(new MemoryKv(data as MemoryKvData, { delay }));
    },
  });
  let failure: unknown;
  let ended = 0;
  const machine = world.machine("server", async (host) => {
    const client = await open(host, storage);
    const work = machine.boots === 1 ? live : judge;
    await work(client, told).catch((error) => failure ??= error);
    ended++;
  });
  machine.endAt = end;
  const boot = () =>
    world.kernel.schedule(null, { afterMs: 0, fn: () => machine.boot() });
  boot();
  await world.run(60_000);
  if (failure !== undefined) throw failure;
  if (end === undefined) {
    assert.equal(ended, 1);
    return machine.crashPoints;
  }
  misnamed(machine);
  boot();
  await world.run(600_000);
  if (failure !== undefined) throw failure;
  assert.equal(ended, 1, "It does not start again");
  misnamed(machine);
  return machine.crashPoints;
}

/** No file has the name of a content that it is not. */
function misnamed({ storage }: SimMachine): void {
  for (const [path, { data }] of storage.files) {
    const [, hex] = /\/blobs\/sha256\/(.+)$/.exec(path) ?? [];
    if (hex !== undefined) assert.equal(encodeHex(CRYPTO.sha256(data)), hex);
  }
}

function sha256(text: string): ContentDigest {
  return `sha256:${encodeHex(CRYPTO.sha256(text))}`;
}

// The KV's own steps have tests of their own.
for (const [storage, every] of [["disk", 1], ["kv", 4]] as const) {
  Deno.test(`Registry on ${storage} has what it told of, at whatever step the power went`, async () => {
    const points = await run(storage, undefined);
    assert.ok(points > 100);
    for (let point = 1; point <= points; point += every) {
      try {
        await run(storage, { point, how: "cutPower" });
      } catch (cause) {
        throw new Error(`At step ${point} of ${points}`, { cause });
      }
    }
  });
}
