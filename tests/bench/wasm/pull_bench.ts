/**
 * Pulls of an artifact from a registry that counts what it sends and cuts connections.
 *
 * @module
 */
import { join } from "node:path";
import { concat } from "../../../src/base/bytes.ts";
import { WASM_CONFIG, WASM_LAYER } from "../../../src/base/oci/media_types.ts";
import { ScriptedRegistry } from "../../../src/testing/scripted_registry.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
} from "../report.ts";
import { WasmCluster } from "./wasm_cluster.ts";

/** Size of the artifact's content. */
const MEGABYTES = 8;
const CUTS = 10;
/** Between two chunks of a body, so that they are on the wire before the connection is cut. */
const CHUNK_BYTES = 64 * 1024;
const REGISTRY = "registry.example";

/** The benchmark `wasm-pull`. */
export const pullBench: Bench = { name: "wasm-pull", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const registry = new ScriptedRegistry();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => registry.fetch(request),
  );
  const folder = await Deno.makeTempDir({ prefix: "wherry-bench-" });
  const config = join(folder, "registries.yaml");
  await Deno.writeTextFile(
    config,
    `mirrors:\n  ${REGISTRY}:\n    endpoint: ["http://127.0.0.1:${server.addr.port}"]\n`,
  );
  try {
    await using cluster = await WasmCluster.start({
      say,
      agentArgs: ["--registry-config", config],
    });
    const size = (quick ? 1 : MEGABYTES) * 1024 * 1024;
    say("a whole pull, and one of what has not changed");
    put(registry, "whole", moduleOf(size, 1));
    const whole = await pull(cluster, {
      registry,
      name: "whole",
      tag: "whole",
    });
    const again = await pull(cluster, {
      registry,
      name: "again",
      tag: "whole",
    });
    say(`a pull that is cut ${CUTS} times`);
    const sent = cutting(registry, {
      cuts: CUTS,
      afterBytes: Math.floor(size / (CUTS + 1)),
    });
    const module = moduleOf(size, 2);
    put(registry, "cut", module);
    const cut = await pull(cluster, { registry, name: "cut", tag: "cut" });
    return [
      atMost({
        name: "pull of an unchanged artifact: content moved",
        value: again.contentBytes,
        unit: "bytes",
        comparedWith:
          `the first pull moved ${whole.contentBytes} for ${size} in ${
            whole.seconds.toFixed(1)
          } s`,
      }, 0),
      atMost({
        name:
          `pull that is cut ${CUTS} times, then the pod has run: content moved beyond the artifact`,
        value: 100 * (sent.bytes - module.length) / module.length,
        unit: "%",
        comparedWith: `${sent.cuts} cuts, ${
          cut.seconds.toFixed(1)
        } s, waits before each next try included`,
      }, 15),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function put(
  registry: ScriptedRegistry,
  tag: string,
  content: Uint8Array<ArrayBuffer>,
): void {
  registry.put({
    repository: "team/app",
    tag,
    configType: WASM_CONFIG,
    config: { architecture: "wasm", os: "wasip1" },
    layers: [{ mediaType: WASM_LAYER, content }],
  });
}

/** Runs a pod of the artifact to its end: it ends well only when its content was verified and compiled. */
async function pull(
  cluster: WasmCluster,
  { registry, name, tag }: {
    registry: ScriptedRegistry;
    name: string;
    tag: string;
  },
): Promise<{ contentBytes: number; seconds: number }> {
  const before = registry.contentBytes;
  const began = performance.now();
  const answer = await cluster.call(
    "POST",
    "/api/v1/namespaces/default/pods",
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        runtimeClassName: "wasmtime",
        restartPolicy: "Never",
        containers: [{
          name: "main",
          image: `${REGISTRY}/team/app:${tag}`,
          imagePullPolicy: "Always",
        }],
      },
    },
  );
  await answer.body?.cancel();
  await cluster.until((pods) => {
    const phase = pods.get(name)?.status?.phase;
    if (phase === "Failed") throw new Error(`${name} failed`);
    return phase === "Succeeded";
  });
  const seconds = (performance.now() - began) / 1000;
  await cluster.remove([name]);
  return { contentBytes: registry.contentBytes - before, seconds };
}

/** Makes a registry cut the connection in the middle of its next large contents. */
function cutting(
  registry: ScriptedRegistry,
  { cuts, afterBytes }: { cuts: number; afterBytes: number },
): { bytes: number; cuts: number } {
  const sent = { bytes: 0, cuts: 0 };
  registry.options = {
    script: (request, path) => {
      const content = registry.blobs.get(
        path.split("?")[0]!.split("/blobs/")[1] ?? "",
      );
      if (request.method !== "GET" || !content || content.length < afterBytes) {
        return undefined;
      }
      const from = Number(
        /^bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
      );
      const isCut = sent.cuts < cuts;
      if (isCut) sent.cuts++;
      const end = isCut ? from + afterBytes : content.length;
      let at = from;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          if (at >= end) {
            return isCut
              ? controller.error(new Error("cut"))
              : controller.close();
          }
          const chunk = content.subarray(at, Math.min(at + CHUNK_BYTES, end));
          at += chunk.length;
          sent.bytes += chunk.length;
          controller.enqueue(chunk);
        },
      });
      return new Response(body, {
        status: from > 0 ? 206 : 200,
        headers: {
          "content-length": String(content.length - from),
          "content-type": "application/octet-stream",
          ...(from > 0 && {
            "content-range": `bytes ${from}-${
              content.length - 1
            }/${content.length}`,
          }),
        },
      });
    },
  };
  return sent;
}

/** A WASI 0.1 command that ends at once, of about this size: the rest is a section for nobody. */
function moduleOf(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const filler = new Uint8Array(size - 64);
  for (let at = 0; at < filler.length; at++) filler[at] = at * seed * 31 >> 3;
  const name = new TextEncoder().encode("filler");
  const length: number[] = [];
  for (let rest = 1 + name.length + filler.length; rest > 0; rest >>>= 7) {
    length.push(rest >>> 7 ? rest & 127 | 128 : rest);
  }
  return concat([
    new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]),
    new Uint8Array([0x01, 0x04, 0x01, 0x60, 0x00, 0x00]), // type: () -> ()
    new Uint8Array([0x03, 0x02, 0x01, 0x00]), // one function of it
    new Uint8Array([0x07, 0x0a, 0x01, 0x06]), // exported as _start
    new TextEncoder().encode("_start"),
    new Uint8Array([0x00, 0x00]),
    new Uint8Array([0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b]), // which does nothing
    new Uint8Array([0x00, ...length, name.length]),
    name,
    filler,
  ]);
}
