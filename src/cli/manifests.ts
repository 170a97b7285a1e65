/**
 * Objects from files, folders, standard input and URLs.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { KubeObject } from "../api/kind.ts";
import { parseYamlDocuments, TextError } from "../api/yaml_json.ts";
import { CliFailure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** An object with the file that it came from. */
export interface Manifest {
  readonly source: string;
  readonly object: KubeObject & { apiVersion: string; kind: string };
}

/** Where objects come from. */
export interface ManifestSources {
  /** Paths, `-` for standard input, or http(s) URLs. */
  readonly files: readonly string[];
  /** Whether folders inside folders are read too. @default false */
  readonly recursive?: boolean;
}

const ENDINGS = [".yaml", ".yml", ".json"];

/**
 * Reads all objects, in the order of the files and of the documents in them; `kind: List` is taken apart.
 *
 * @throws {CliFailure} when a file is missing, is not YAML or JSON, or holds something that is no object
 */
export async function readManifests(
  io: { host: Host; terminal: Terminal; cwd: string },
  sources: ManifestSources,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const file of sources.files) {
    for (const [source, text] of await readSource(io, { file, sources })) {
      manifests.push(...parse(source, text));
    }
  }
  if (manifests.length === 0) throw new CliFailure("no objects passed");
  return manifests;
}

async function readSource(
  io: { host: Host; terminal: Terminal; cwd: string },
  options: { file: string; sources: ManifestSources },
): Promise<[string, string][]> {
  const { file, sources } = options;
  if (file === "-") return [["STDIN", await io.terminal.readInput()]];
  if (/^https?:\/\//.test(file)) {
    const response = await io.host.net.fetch(new Request(file));
    if (!response.ok) {
      throw new CliFailure(
        `unable to read URL "${file}", server reported ${response.status}`,
      );
    }
    return [[file, await response.text()]];
  }
  const path = file.startsWith("/") ? file : `${io.cwd}/${file}`;
  let info;
  try {
    info = await io.host.disk.stat(path);
    if (info.isSymlink) info = undefined; // a link to a folder or a file: try both
  } catch {
    throw new CliFailure(`the path "${file}" does not exist`);
  }
  if (info?.isFile) return [[file, await io.host.disk.readText(path)]];
  try {
    return await readFolder(io.host, { path, recursive: sources.recursive });
  } catch (error) {
    if (info) throw error;
    return [[file, await io.host.disk.readText(path)]];
  }
}

async function readFolder(
  host: Host,
  options: { path: string; recursive: boolean | undefined },
): Promise<[string, string][]> {
  const texts: [string, string][] = [];
  for (const name of await host.disk.list(options.path)) {
    const path = `${options.path}/${name}`;
    const info = await host.disk.stat(path);
    if (info.isDirectory) {
      if (options.recursive) {
        texts.push(...await readFolder(host, { ...options, path }));
      }
    } else if (ENDINGS.some((ending) => name.endsWith(ending))) {
      texts.push([path, await host.disk.readText(path)]);
    }
  }
  return texts;
}

function parse(source: string, text: string): Manifest[] {
  let documents;
  try {
    documents = parseYamlDocuments(text);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    throw new CliFailure(`error parsing ${source}: ${error.message}`);
  }
  return documents.flatMap(({ value, duplicates: [duplicate] }) => {
    if (duplicate !== undefined) {
      throw new CliFailure(`error parsing ${source}: ${duplicate}`);
    }
    return flatten(source, value);
  });
}

function flatten(source: string, value: unknown): Manifest[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CliFailure(`error parsing ${source}: not an object`);
  }
  const object = value as Partial<Manifest["object"]> & { items?: unknown[] };
  if (typeof object.kind !== "string" || object.kind === "") {
    throw new CliFailure(
      `unable to decode "${source}": Object 'Kind' is missing`,
    );
  }
  if (typeof object.apiVersion !== "string" || object.apiVersion === "") {
    throw new CliFailure(
      `unable to decode "${source}": Object 'apiVersion' is missing`,
    );
  }
  if (object.kind.endsWith("List") && Array.isArray(object.items)) {
    return object.items.flatMap((item) => flatten(source, item));
  }
  object.metadata ??= {};
  return [{ source, object: object as Manifest["object"] }];
}
