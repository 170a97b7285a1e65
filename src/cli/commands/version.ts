/**
 * `wherry version`.
 *
 * @module
 */
import { responseError } from "../../client/response_error.ts";
import type { CliContext } from "../context.ts";
import { EXIT_OK } from "../failure.ts";
import { formatObject } from "../output.ts";
import { WHERRY_VERSION } from "../../base/version.ts";

/** Prints the program's version and the server's. */
export async function version(
  context: CliContext,
  flags: { readonly client?: boolean; readonly output?: "json" | "yaml" },
): Promise<number> {
  const client = { gitVersion: `v${WHERRY_VERSION}` };
  let server: { gitVersion?: string } | undefined;
  if (!flags.client) {
    const response = await (await context.client()).raw("/version");
    if (!response.ok) throw await responseError(response);
    server = await response.json();
  }
  if (flags.output) {
    await context.terminal.out(
      formatObject({
        clientVersion: client,
        ...server ? { serverVersion: server } : {},
      }, flags.output),
    );
    return EXIT_OK;
  }
  await context.print(`Client Version: ${client.gitVersion}`);
  if (server) await context.print(`Server Version: ${server.gitVersion}`);
  return EXIT_OK;
}
