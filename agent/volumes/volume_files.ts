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
import { messageOf } from "../../src/base/errors.ts";
import type { FolderFile } from "./atomic_folder.ts";
import type { ConfigSource } from "./config_source.ts";
import { type DownwardContext, fieldValue, resourceValue } from "./downward.ts";
import { fsUser } from "./fs_user.ts";

/** Mode of files that say nothing else. */
export const DEFAULT_MODE = 0o644;

/** Mode of tokens where it is known who is to read them. */
const PRIVATE_MODE = 0o600;

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
  const problems: string[] = [];
  for (const source of projected.sources ?? []) {
    try {
      const files = await projectionFiles(context, source, {
        mode: projected.defaultMode ?? DEFAULT_MODE,
      });
      for (const [path, file] of files) all.set(path, file);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  // All that is missing is told at once.
  const [first, ...others] = new Set(problems);
  if (first === undefined) return all;
  throw new Error(
    others.length === 0 ? first : `[${[first, ...others].join(", ")}]`,
  );
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
      missing: "configmap references non-existent config key",
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
      missing: "references non-existent secret key",
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
    const uid = fsUser(pod);
    const isPrivate = uid !== undefined ||
      pod.spec.securityContext?.fsGroup !== undefined;
    return new Map([[path, {
      content: encodeText(token),
      mode: isPrivate ? PRIVATE_MODE : mode,
      ...(uid !== undefined && { uid }),
    }]]);
  }
  const kind = Object.keys(projection)[0] ?? "";
  throw new Error(
    `${kind.charAt(0).toUpperCase()}${
      kind.slice(1)
    } projection is not supported on this node`,
  );
}

/** All keys, or those that the items name under the items' paths. */
function pick({ data, items, optional, mode, missing }: {
  data: readonly (readonly [string, Uint8Array])[];
  items: readonly KeyToPath[] | undefined;
  optional: boolean;
  mode: number;
  /** What is said of a key that is not there. */
  missing: string;
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
      throw new Error(`${missing}: ${item.key}`);
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
