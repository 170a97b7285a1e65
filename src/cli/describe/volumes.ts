/**
 * Volumes as `describe` shows them.
 *
 * @module
 */
import type { Volume } from "../../api/core/volume.ts";
import type { VolumeProjection } from "../../api/core/volume_projection.ts";
import { describeFields, titleOf } from "./fields.ts";
import { field, indent } from "./lines.ts";

/** The section of a pod's volumes. */
export function volumeSection(volumes: readonly Volume[] | undefined): string {
  if (!volumes?.length) return field("Volumes", "<none>");
  return "Volumes:\n" +
    volumes.map((volume) =>
      `  ${volume.name}:\n${indent(volumeLines(volume), 4)}`
    ).join("");
}

function volumeLines(volume: Volume): string {
  const { emptyDir, configMap, secret, hostPath, projected } = volume;
  if (emptyDir) {
    return field("Type", "EmptyDir (shares the pod's life)") +
      (emptyDir.medium ? field("Medium", emptyDir.medium) : "") +
      field("SizeLimit", emptyDir.sizeLimit ?? "<unset>");
  }
  if (configMap) {
    return field("Type", "ConfigMap") + field("Name", configMap.name) +
      field("Optional", configMap.optional ?? false);
  }
  if (secret) {
    return field("Type", "Secret") + field("SecretName", secret.secretName) +
      field("Optional", secret.optional ?? false);
  }
  if (hostPath) {
    return field("Type", "HostPath (a folder or file of the node)") +
      field("Path", hostPath.path) + field("HostPathType", hostPath.type);
  }
  if (projected) {
    return field("Type", "Projected (several sources in one folder)") +
      projected.sources.map(projectionLines).join("");
  }
  const { name: _, ...source } = volume;
  const [[kind, fields] = ["unknown", {}]] = Object.entries(source);
  return field("Type", titleOf(kind)) +
    describeFields(fields as Record<string, unknown>);
}

function projectionLines(source: VolumeProjection): string {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) return field("ConfigMapName", configMap.name);
  if (secret) return field("SecretName", secret.name);
  if (downwardAPI) return field("DownwardAPI", true);
  if (serviceAccountToken) {
    return field(
      "TokenExpirationSeconds",
      serviceAccountToken.expirationSeconds ?? 3600,
    );
  }
  return describeFields({ ...source });
}
