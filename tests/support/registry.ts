/**
 * A registry of one image, for tests: the part of the OCI distribution specification that a pull needs, with passwords.
 *
 * @module
 */

/** What {@linkcode startRegistry} serves. */
export interface RegistryOptions {
  /** An OCI archive with the image. */
  readonly archive: Uint8Array;
  /** Users who may pull, with their passwords; absent: everybody. */
  readonly users?: Readonly<Record<string, string>>;
}

/** A registry on 127.0.0.1. Disposing stops it. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:5000`. */
  readonly address: string;
  /** Who asked for the image, in order; "" is nobody. */
  readonly askedBy: string[];
}

/** Starts it. Every repository and tag is the same image. */
export function startRegistry(options: RegistryOptions): Registry {
  const files = untar(options.archive);
  const text = (name: string) => new TextDecoder().decode(files.get(name));
  const [manifest] = JSON.parse(text("index.json")).manifests;
  const askedBy: string[] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    const user = userOf(request);
    const { pathname } = new URL(request.url);
    const [, what, reference = ""] =
      /^\/v2\/.+\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
    if (what === "manifests") askedBy.push(user?.name ?? "");
    if (
      options.users && (!user || options.users[user.name] !== user.password)
    ) {
      return new Response(null, {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="tests"' },
      });
    }
    if (pathname === "/v2/") return new Response("{}");
    const digest = reference.startsWith("sha256:")
      ? reference
      : String(manifest.digest);
    const content = files.get(`blobs/${digest.replace(":", "/")}`);
    if (!what || !content) return new Response(null, { status: 404 });
    return new Response(
      request.method === "HEAD" ? null : new Uint8Array(content),
      {
        headers: {
          "content-type": what === "manifests"
            ? String(manifest.mediaType)
            : "application/octet-stream",
          "content-length": String(content.length),
          "docker-content-digest": digest,
        },
      },
    );
  });
  return {
    address: `127.0.0.1:${server.addr.port}`,
    askedBy,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function userOf(
  request: Request,
): { name: string; password: string } | undefined {
  const [, encoded] =
    /^Basic (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [name = "", password = ""] = atob(encoded).split(":");
  return { name, password };
}

/** Files of a plain tar, by name. */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const field = (at: number, length: number) =>
    new TextDecoder().decode(archive.subarray(at, at + length))
      .replace(/\0.*$/s, "").trim();
  for (let at = 0; archive[at];) {
    const size = parseInt(field(at + 124, 12), 8) || 0;
    files.set(
      field(at, 100).replace(/^\.\//, ""),
      archive.subarray(at + 512, at + 512 + size),
    );
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
