/**
 * The volume by which containers know the API server and their own identity.
 *
 * @module
 */
import type { Container } from "../../api/core/container.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Volume } from "../../api/core/volume.ts";
import type { Host } from "../../base/host.ts";
import { generateName } from "../metadata.ts";

const VOLUME_PREFIX = "kube-api-access-";
/** Where clients look. */
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and seven seconds: by this number Kubernetes knows tokens that it asked for itself. */
const EXPIRATION_SECONDS = 3607;
/** Octal 0644. */
const FILE_MODE = 0o644;

/** Adds the volume, and mounts it in all containers that have nothing at its place. */
export function mountToken({ spec }: Pod, host: Host): void {
  const held = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const without = [...spec.initContainers ?? [], ...spec.containers].filter(
    ({ volumeMounts }) =>
      !volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH),
  );
  if (without.length === 0) return;
  const name = held?.name ?? generateName(VOLUME_PREFIX, host);
  for (const container of without) mount(container, name);
  if (held === undefined) spec.volumes = [...spec.volumes ?? [], volume(name)];
}

function mount(container: Container, name: string): void {
  container.volumeMounts = [...container.volumeMounts ?? [], {
    name,
    readOnly: true,
    mountPath: MOUNT_PATH,
  }];
}

function volume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: FILE_MODE,
      sources: [
        {
          serviceAccountToken: {
            expirationSeconds: EXPIRATION_SECONDS,
            path: "token",
          },
        },
        {
          configMap: {
            name: "kube-root-ca.crt",
            items: [{ key: "ca.crt", path: "ca.crt" }],
          },
        },
        {
          downwardAPI: {
            items: [{
              path: "namespace",
              fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
            }],
          },
        },
      ],
    },
  };
}
