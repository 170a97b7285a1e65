/**
 * Images for a cluster's own registry, as a client pushes them.
 *
 * @module
 */
import { encodeText } from "../../src/base/bytes.ts";
import type { Manifest } from "../../src/base/oci/manifest.ts";
import { OCI_MANIFEST } from "../../src/base/oci/media_types.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { bytesSource, RegistryClient } from "../../src/client/registry/mod.ts";
import type { TestCluster } from "./cluster.ts";
import { untar } from "./registry.ts";

/** The cluster's registry, with its administrator's token. */
export async function clusterRegistry(
  cluster: TestCluster,
): Promise<RegistryClient> {
  const host = makeRealHost();
  const { token, ca } = await cluster.credentials();
  return new RegistryClient(host, {
    fetch: (request) => host.net.fetch(request, { ca }),
    baseUrl: new URL(cluster.url),
    credentials: { token },
  });
}

/** Pushes the image of an OCI archive; answers its manifest's digest. */
export async function pushArchive(
  registry: RegistryClient,
  archive: Uint8Array,
  { repository, tag }: { repository: string; tag: string },
): Promise<string> {
  const host = makeRealHost();
  const files = untar(archive);
  const find = (digest: string) =>
    new Uint8Array(files.get(`blobs/${digest.replace(":", "/")}`)!);
  const index = JSON.parse(new TextDecoder().decode(files.get("index.json")));
  const [{ digest, mediaType }] = index.manifests;
  const content = find(digest);
  const manifest: Manifest = JSON.parse(new TextDecoder().decode(content));
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    await registry.uploadBlob(repository, bytesSource(host, find(digest)));
  }
  return await registry.putManifest(repository, tag, { mediaType, content });
}

/** Pushes an artifact of one content; answers its manifest's digest. */
export async function pushContent(
  registry: RegistryClient,
  { repository, tag }: { repository: string; tag: string },
  artifact: {
    readonly configType: string;
    /** @default {} */
    readonly config?: unknown;
    readonly layerType: string;
    readonly content: Uint8Array<ArrayBuffer>;
  },
): Promise<string> {
  const host = makeRealHost();
  const layer = bytesSource(host, artifact.content);
  const config = bytesSource(
    host,
    encodeText(JSON.stringify(artifact.config ?? {})),
  );
  for (const source of [layer, config]) {
    await registry.uploadBlob(repository, source);
  }
  const descriptor = (
    mediaType: string,
    { digest, size }: typeof layer,
  ) => ({ mediaType, digest, size });
  return await registry.putManifest(repository, tag, {
    mediaType: OCI_MANIFEST,
    content: JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(artifact.configType, config),
      layers: [descriptor(artifact.layerType, layer)],
    }),
  });
}
