/**
 * The tokens that the server knows by itself: `tokens.csv` of the data folder, made with one administrator's token at the first start.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { type Host, HostError } from "../base/host.ts";
import { parseTokenFile, type StaticToken } from "./auth/static_tokens.ts";
import { MASTERS_GROUP } from "./auth/user.ts";

/** Reads the tokens, or makes the file. The first token of `system:masters` is the administrator's. */
export async function loadTokens(
  host: Host,
  dataDir: string,
): Promise<{ tokens: StaticToken[]; admin: string }> {
  const path = join(dataDir, "tokens.csv");
  let text: string;
  try {
    text = await host.disk.readText(path);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "not-found") {
      throw error;
    }
    const token = Buffer.from(host.random.bytes(32)).toString("base64url");
    text = `${token},admin,admin,"${MASTERS_GROUP}"\n`;
    await host.disk.writeAtomic(path, text, { mode: 0o600 });
  }
  const tokens = parseTokenFile(text);
  const admin = tokens.find(({ groups }) => groups.includes(MASTERS_GROUP));
  if (admin === undefined) {
    throw new Error(
      `Cannot start: "${path}" has no token of group "${MASTERS_GROUP}"`,
    );
  }
  return { tokens, admin: admin.token };
}
