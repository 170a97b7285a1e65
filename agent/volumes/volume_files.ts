/**
 * What lies in the volumes that are made from API objects.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  VolumeProjection,
} from "../../src/api/core/volume_projection.ts";
import { decodeBase64, encodeText } from "../../src/base/bytes.ts";
import type { FolderFile } from "./atomic_folder.ts";
import type { ConfigSource } from "./config_source.ts";
import { type DownwardContext, fieldValue, resourceValue } from "./downward.ts";

/** Mode of files that say nothing else. */
export const DEFAULT_MODE = 0o644;

/** Files by path within the volume. */
export type VolumeFiles = Map<string, FolderFile>;

/** What volumes are made from. */
export interface VolumeFilesContext {
  readonly pod: Pod;
  readonly source: ConfigSource;
  readonly downward: DownwardContext;
  /** A token for the pod's ServiceAccount. */
  readonly token: (options: {
    readonly audience?: string;
    readonly expirationSeconds: number;
  }) => Promise<string>;
}

/**
 * The files of a configMap, secret, downwardAPI or projected volume; undefined for volumes of other kinds.
 *
 * @throws an error in kubelet's words when an object or key is missing
 */
export async function volumeFiles(
  context: VolumeFilesContext,
  volume: Volume,
): Promise<VolumeFiles | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) {
    return await projectionFiles(context, { configMap }, {
      mode: configMap.defaultMode ?? DEFAULT_MODE,
    });
  }
  if (secret) {
    const { secretName, ...rest } = secret;
    const named = { ...rest, ...(secretName && { name: secretName }) };
    return await projectionFiles(context, { secret: named }, {
      mode: secret.defaultMode ?? DEFAULT_MODE,
    });
  }
  if (downwardAPI) {
    return await projectionFiles(context, { downwardAPI }, {
      mode: downwardAPI.defaultMode ?? DEFAULT_MODE,
    });
  }
  if (!projected) return undefined;
  const all: VolumeFiles = new Map();
  for (const source of projected.sources) {
    const files = await projectionFiles(context, source, {
      mode: projected.defaultMode ?? DEFAULT_MODE,
    });
    for (const [path, file] of files) all.set(path, file);
  }
  return all;
}

async function projectionFiles(
  context: VolumeFilesContext,
  projection: VolumeProjection,
  { mode }: { mode: number },
): Promise<VolumeFiles> {
  const { pod, source } = context;
  const namespace = pod.metadata.namespace!;
  if (projection.configMap) {
    const { name = "", items, optional } = projection.configMap;
    const object = await source.configMap({ namespace, name });
    if (!object && !optional) throw new Error(`configmap "${name}" not found`);
    return pick({
      data: [
        ...Object.entries(object?.data ?? {}).map(([key, text]) =>
          [key, encodeText(text)] as const
        ),
        ...Object.entries(object?.binaryData ?? {}).map(([key, base64]) =>
          [key, decodeBase64(base64)] as const
        ),
      ],
      items,
      optional: optional ?? false,
      mode,
    });
  }
  if (projection.secret) {
    const { name = "", items, optional } = projection.secret;
    const object = await source.secret({ namespace, name });
    if (!object && !optional) throw new Error(`secret "${name}" not found`);
    return pick({
      data: Object.entries(object?.data ?? {}).map(([key, base64]) =>
        [key, decodeBase64(base64)] as const
      ),
      items,
      optional: optional ?? false,
      mode,
    });
  }
  if (projection.downwardAPI) {
    return downwardFiles(context, projection.downwardAPI.items ?? [], mode);
  }
  if (projection.serviceAccountToken) {
    const { path, audience, expirationSeconds = 3600 } =
      projection.serviceAccountToken;
    const token = await context.token({
      expirationSeconds,
      ...(audience && { audience }),
    });
    return new Map([[path, { content: encodeText(token), mode }]]);
  }
  throw new Error(
    `projected volume source "${Object.keys(projection)[0]}" is not supported`,
  );
}

/** All keys, or those that the items name under the items' paths. */
function pick({ data, items, optional, mode }: {
  data: readonly (readonly [string, Uint8Array])[];
  items: readonly KeyToPath[] | undefined;
  optional: boolean;
  mode: number;
}): VolumeFiles {
  if (!items || items.length === 0) {
    return new Map(data.map(([key, content]) => [key, { content, mode }]));
  }
  const files: VolumeFiles = new Map();
  for (const item of items) {
    const found = data.find(([key]) => key === item.key);
    if (found) {
      const [, content] = found;
      files.set(item.path, { content, mode: item.mode ?? mode });
    } else if (!optional) {
      throw new Error(`references non-existent config key: ${item.key}`);
    }
  }
  return files;
}

function downwardFiles(
  { pod, downward }: VolumeFilesContext,
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
): VolumeFiles {
  return new Map(items.map((item) => {
    const text = item.fieldRef
      ? fieldValue(pod, item.fieldRef.fieldPath, downward)
      : downwardResource(pod, item, downward);
    return [item.path, {
      content: encodeText(text),
      mode: item.mode ?? mode,
    }];
  }));
}

function downwardResource(
  pod: Pod,
  item: DownwardAPIVolumeFile,
  downward: DownwardContext,
): string {
  const ref = item.resourceFieldRef;
  const container = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
  ].find(({ name }) => name === ref?.containerName);
  if (!ref || !container) {
    throw new Error(`container ${ref?.containerName} not found`);
  }
  return resourceValue(container, ref, downward);
}
