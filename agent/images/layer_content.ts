/**
 * The one file that matters in the layers of an ordinary image.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { readTar, TarError } from "../../src/base/tar/tar_reader.ts";
import type { Digest } from "../../src/base/oci/digest.ts";
import type { ContentStore } from "./content_store.ts";

/** How much of a layer is read at once: it may unpack to a thousand times as much, all of which is in memory then. */
const PIECE_BYTES = 8 * 1024;

/** What is looked for. */
export interface WantedFile {
  /** How its name ends. */
  readonly names: RegExp;
  /** The most that is unpacked of all layers together, in bytes. */
  readonly maxBytes: number;
}

/** A layer on the disk. */
export interface LayerFile {
  readonly path: string;
  readonly isPacked: boolean;
}

/** What was found. */
export interface FoundFile {
  readonly name: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Puts the files with fitting names into the store, as contents of their own.
 *
 * @param layers lowest first: a later file of a name takes an earlier one's place
 * @throws {RangeError} when a layer is no archive, or they unpack to more than they may
 */
export async function filesInLayers(
  host: Pick<Host, "disk">,
  layers: readonly LayerFile[],
  { store, wanted }: { store: ContentStore; wanted: WantedFile },
): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  const { maxBytes } = wanted;
  let left = maxBytes;
  const take = (bytes: number) => {
    left -= bytes;
    if (left >= 0) return;
    throw new RangeError(`Its layers unpack to more than ${maxBytes} bytes`);
  };
  for (const layer of layers) {
    try {
      for await (const member of readTar(unpacked(host, layer, take))) {
        const name = withoutRoot(member.name);
        if (member.type !== "file" || !wanted.names.test(name)) continue;
        found.set(name, { name, ...await store.add(member.content) });
      }
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      throw new RangeError(error.message, { cause: error });
    }
  }
  return [...found.values()];
}

/** The bytes of a layer's archive. A small file may unpack to no end: `take` throws when it is too much. */
async function* unpacked(
  host: Pick<Host, "disk">,
  { path, isPacked }: LayerFile,
  take: (bytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using file = await host.disk.openRead(path);
  const raw = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const buffer = new Uint8Array(PIECE_BYTES);
      const length = await file.read(buffer);
      if (length === null) controller.close();
      else controller.enqueue(buffer.subarray(0, length));
    },
  }, { highWaterMark: 0 });
  const stream = isPacked
    ? raw.pipeThrough(new DecompressionStream("gzip"))
    : raw;
  try {
    for await (const piece of stream) {
      take(piece.length);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RangeError(`Cannot unpack a layer: ${error.message}`);
  }
}

/** The file that an image runs: the one that its entrypoint names, or the only one. */
export function chooseFile(
  files: readonly FoundFile[],
  entrypoint: string | undefined,
): FoundFile | undefined {
  const name = entrypoint && withoutRoot(entrypoint);
  const named = files.find((file) => file.name === name);
  return named ?? (files.length === 1 ? files[0] : undefined);
}

/** Layers and entrypoints write `app`, `./app` and `/app` for the same. */
function withoutRoot(name: string): string {
  return name.replace(/^(\.?\/)+/, "");
}
