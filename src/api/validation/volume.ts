/**
 * The rules of volumes.
 *
 * @module
 */
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { parseQuantity } from "../quantity.ts";
import type { Volume } from "../core/volume.ts";
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
} from "../core/volume_projection.ts";
import {
  validateFieldRef,
  validateResourceFieldRef,
  VOLUME_FIELDS,
} from "./env.ts";
import { isDnsLabel, isDnsSubdomain } from "./names.ts";
import { validateProjected } from "./projected_volume.ts";
import { LEGACY_SOURCES } from "./volume_legacy.ts";
import {
  descendingPath,
  each,
  noBacksteps,
  requiredBy,
  unreservedPath,
  validateMode,
} from "./values.ts";

const MAX_DRIVER_BYTES = 63;
const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

/** The rules of files made from keys. */
export function validateKeyToPath(
  { key, path, mode }: KeyToPath,
  field: string,
): FieldError[] {
  return [
    ...(key === "" ? [required(`${field}.key`)] : []),
    ...(path === "" ? [required(`${field}.path`)] : []),
    ...unreservedPath(`${field}.path`, path),
    ...validateMode(`${field}.mode`, mode),
  ];
}

/** The rules of files that show fields of the Pod. */
export function validateDownwardFile(
  { path, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile,
  field: string,
): FieldError[] {
  const found = [
    ...(path === "" ? [required(`${field}.path`)] : []),
    ...unreservedPath(`${field}.path`, path),
  ];
  if (fieldRef !== undefined) {
    found.push(
      ...validateFieldRef(fieldRef, `${field}.fieldRef`, VOLUME_FIELDS),
    );
    if (resourceFieldRef !== undefined) {
      found.push(
        invalidValue(
          field,
          "resource",
          "fieldRef and resourceFieldRef can not be specified simultaneously",
        ),
      );
    }
  } else if (resourceFieldRef !== undefined) {
    found.push(
      ...validateResourceFieldRef(
        resourceFieldRef,
        `${field}.resourceFieldRef`,
        { inVolume: true },
      ),
    );
  } else {
    found.push(
      required(field, "one of fieldRef and resourceFieldRef is required"),
    );
  }
  return [...found, ...validateMode(`${field}.mode`, mode)];
}

/** Name of a source. */
type SourceName = Exclude<keyof Volume, "name">;
type Rules = {
  readonly [K in SourceName]?: (
    source: NonNullable<Volume[K]>,
    field: string,
  ) => FieldError[];
};

const SOURCES: Rules = {
  ...LEGACY_SOURCES,
  emptyDir: ({ sizeLimit }, field) =>
    sizeLimit !== undefined && parseQuantity(sizeLimit).nano < 0n
      ? [
        forbiddenField(
          `${field}.sizeLimit`,
          "SizeLimit field must be a valid resource quantity",
        ),
      ]
      : [],
  hostPath: ({ path, type = "" }, field) =>
    path === "" ? [required(`${field}.path`)] : [
      ...noBacksteps(`${field}.path`, path),
      ...(HOST_PATH_TYPES.includes(type)
        ? []
        : [notSupported(`${field}.type`, type, HOST_PATH_TYPES)]),
    ],
  secret: ({ secretName = "", defaultMode, items = [] }, field) => [
    ...(secretName === "" ? [required(`${field}.secretName`)] : []),
    ...validateMode(`${field}.defaultMode`, defaultMode),
    ...items.flatMap((item, i) =>
      validateKeyToPath(item, `${field}.items[${i}]`)
    ),
  ],
  configMap: ({ name = "", defaultMode, items = [] }, field) => [
    ...(name === "" ? [required(`${field}.name`)] : []),
    ...validateMode(`${field}.defaultMode`, defaultMode),
    ...items.flatMap((item, i) =>
      validateKeyToPath(item, `${field}.items[${i}]`)
    ),
  ],
  downwardAPI: ({ defaultMode, items = [] }, field) => [
    ...validateMode(`${field}.defaultMode`, defaultMode),
    ...items.flatMap((file) => validateDownwardFile(file, field)),
  ],
  projected: validateProjected,
  persistentVolumeClaim: ({ claimName }, field) =>
    claimName === "" ? [required(`${field}.claimName`)] : [],
  nfs: ({ server, path }, field) => [
    ...(server === "" ? [required(`${field}.server`)] : []),
    ...(path === "" ? [required(`${field}.path`)] : []),
    ...(path.startsWith("/")
      ? []
      : [invalidValue(`${field}.path`, path, "must be an absolute path")]),
  ],
  csi: ({ driver, nodePublishSecretRef: secret }, field) => [
    ...(driver.length > MAX_DRIVER_BYTES
      ? [tooLong(`${field}.driver`, MAX_DRIVER_BYTES)]
      : []),
    ...requiredBy(
      `${field}.driver`,
      driver,
      (name) => isDnsSubdomain(name.toLowerCase()),
    ),
    ...(secret === undefined ? [] : requiredBy(
      `${field}.nodePublishSecretRef.name`,
      secret.name,
      isDnsSubdomain,
    )),
  ],
  ephemeral: ({ volumeClaimTemplate }, field) => {
    if (volumeClaimTemplate === undefined) {
      return [required(`${field}.volumeClaimTemplate`)];
    }
    const { accessModes = [], resources } = volumeClaimTemplate.spec;
    const at = `${field}.volumeClaimTemplate.spec`;
    return [
      ...(accessModes.length === 0
        ? [required(`${at}.accessModes`, "at least 1 access mode is required")]
        : []),
      ...(resources?.requests?.["storage"] === undefined
        ? [required(`${at}.resources[storage]`)]
        : []),
    ];
  },
  image: (
    { pullPolicy = "" },
    field,
  ) => (["", "Always", "IfNotPresent", "Never"].includes(pullPolicy) ? [] : [
    notSupported(`${field}.pullPolicy`, pullPolicy, [
      "Always",
      "IfNotPresent",
      "Never",
    ]),
  ]),
  gitRepo: ({ repository, directory = "" }, field) => [
    ...(repository === "" ? [required(`${field}.repository`)] : []),
    ...descendingPath(`${field}.directory`, directory),
  ],
};

/** Sources of the cloud and storage drivers of old, which only must not lack what they are named by. */
const NEEDED: { readonly [K in SourceName]?: readonly string[] } = {
  iscsi: ["targetPortal", "iqn"],
  rbd: ["monitors", "image"],
  cephfs: ["monitors"],
  cinder: ["volumeID"],
  glusterfs: ["endpoints", "path"],
  flexVolume: ["driver"],
  azureFile: ["secretName", "shareName"],
  azureDisk: ["diskName", "diskURI"],
  awsElasticBlockStore: ["volumeID"],
  vsphereVolume: ["volumePath"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  scaleIO: ["gateway", "system", "volumeName"],
};

/** The rules of one source of a volume. */
export function validateSource(
  volume: Volume,
  name: SourceName,
  field: string,
): FieldError[] {
  const source = volume[name] as Record<string, unknown>;
  const rule = SOURCES[name] as
    | ((source: unknown, field: string) => FieldError[])
    | undefined;
  const missing = (NEEDED[name] ?? []).filter((part) => {
    const value = source[part];
    return value === undefined || value === "" ||
      Array.isArray(value) && value.length === 0;
  });
  return [
    ...missing.map((part) => required(`${field}.${part}`)),
    ...rule?.(source, field) ?? [],
  ];
}

/** Two names that Kubernetes writes otherwise in this one finding. */
const MISSPELT: { readonly [K in SourceName]?: string } = {
  downwardAPI: "downwarAPI",
  cephfs: "cephFS",
};

function validateVolume(volume: Volume, field: string): FieldError[] {
  const [first, ...others] = Object.keys(volume).filter((key) =>
    key !== "name" && volume[key as SourceName] !== undefined
  ).sort((a, b) =>
    Number(b === "emptyDir") - Number(a === "emptyDir")
  ) as SourceName[];
  if (first === undefined) {
    return [required(field, "must specify a volume type")];
  }
  return [
    ...validateSource(volume, first, `${field}.${first}`),
    ...others.map((name) =>
      forbiddenField(
        `${field}.${MISSPELT[name] ?? name}`,
        "may not specify more than 1 volume type",
      )
    ),
  ];
}

/** The rules of a Pod's volumes. `podName` is absent in templates. */
export function validateVolumes(
  volumes: readonly Volume[],
  field: string,
  podName: string | undefined,
): { readonly found: FieldError[]; readonly valid: Map<string, Volume> } {
  const found: FieldError[] = [];
  const valid = new Map<string, Volume>();
  const claims = new Set(
    podName === undefined
      ? []
      : volumes.filter((v) => v.ephemeral !== undefined).map((v) =>
        `${podName}-${v.name}`
      ),
  );
  volumes.forEach((volume, i) => {
    const at = `${field}[${i}]`;
    const own = [
      ...validateVolume(volume, at),
      ...requiredBy(`${at}.name`, volume.name, isDnsLabel),
      ...(valid.has(volume.name) ? [duplicate(`${at}.name`, volume.name)] : []),
    ];
    if (own.length === 0) valid.set(volume.name, volume);
    found.push(...own);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && claims.has(claim)) {
      found.push(
        invalidValue(
          `${at}.persistentVolumeClaim.claimName`,
          claim,
          "must not reference a PVC that gets created for an ephemeral volume",
        ),
      );
    }
    // A template may leave the image open.
    const { name: _, image, ...others } = volume;
    if (
      podName !== undefined && image !== undefined &&
      image.reference === undefined && Object.keys(others).length === 0
    ) found.push(required(`${at}.image.reference`));
    if (podName !== undefined && volume.ephemeral !== undefined) {
      const name = `${podName}-${volume.name}`;
      found.push(
        ...each(
          `${at}.name`,
          volume.name,
          isDnsSubdomain(name).map((w) =>
            `PVC name ${JSON.stringify(name)}: ${w}`
          ),
        ),
      );
    }
  });
  return { found, valid };
}
