/**
 * componentize-js, which is fetched when it is first asked for.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import { HostError } from "../../base/host.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { confirm } from "../confirm.ts";
import { runDeno } from "./deno_tool.ts";

/** What is fetched. The second brings the interfaces of WASI as text. */
const PACKAGES: Readonly<Record<string, string>> = {
  "@bytecodealliance/componentize-js": "0.23.0",
  "@bytecodealliance/jco": "1.35.0",
};
const SIZE = "385 MB";

/** Where fetched tools are kept; the demo's too. */
export function cacheFolder(host: Pick<Host, "processes">): string {
  const cache = host.processes.env("XDG_CACHE_HOME") ||
    `${host.processes.env("HOME") || "/root"}/.cache`;
  return `${cache}/wherry`;
}

/** The folder with the tool in its `node_modules`. @throws {CliFailure} when it is not there and may not or cannot be fetched */
export async function componentizer(
  context: CliContext,
  options: { readonly yes: boolean },
): Promise<string> {
  const { host, terminal } = context;
  const version = PACKAGES["@bytecodealliance/componentize-js"];
  const folder = `${cacheFolder(host)}/componentize-js-${version}`;
  if (await isThere(host, `${folder}/node_modules`)) return folder;
  const what = `componentize-js ${version} (${SIZE}, from npm, to "${folder}")`;
  if (!options.yes && !await confirm(terminal, `Fetch ${what}?`)) {
    throw new CliFailure(
      `--target wasi-http needs ${what}: say --yes to fetch it`,
    );
  }
  terminal.err(`Fetching ${what} …`);
  const draft = `${folder}.draft`;
  await host.disk.remove(draft);
  await host.disk.mkdir(draft);
  await host.disk.writeAtomic(
    `${draft}/package.json`,
    JSON.stringify({ private: true, dependencies: PACKAGES }),
  );
  await install(host, draft);
  // A rename is one step: whoever looks sees all of the tool or none.
  await host.disk.remove(folder);
  await host.disk.rename(draft, folder);
  return folder;
}

/** By npm where it is: it does without packages for other machines, which Deno wants to know too. */
async function install(host: Host, folder: string): Promise<void> {
  let done;
  try {
    done = await host.processes.run("npm", {
      args: [
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
      ],
      cwd: folder,
    });
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "not-found") {
      throw error;
    }
    done = await runDeno(host, ["install", "--quiet", "--node-modules-dir"], {
      cwd: folder,
    });
  }
  if (done.code !== 0) {
    throw new CliFailure(
      `cannot fetch componentize-js: ${
        done.stderr.trim().split("\n").slice(0, 3).join(" ")
      }`,
    );
  }
}

function isThere(host: Pick<Host, "disk">, path: string): Promise<boolean> {
  return host.disk.stat(path).then(() => true, () => false);
}
