/**
 * The end of a node's right to be here.
 *
 * @module
 */
import type { Mux } from "../../base/mux.ts";
import type { ApiServer } from "../call.ts";
import { identityKey, knownKey } from "./link_handshake.ts";

const REASON = "The node's identity was taken away";

/**
 * Closes a node's link as soon as the Secret with its key is deleted or holds another key: who has let a machine go wants it gone now, not at its next
 * start. Returns once the link is closed.
 */
export async function closeWithIdentity(
  api: ApiServer,
  node: string,
  link: Mux,
): Promise<void> {
  const key = knownKey(api, node);
  using watcher = api.store.watch(identityKey(node), {
    after: api.store.revision,
  });
  if (key === undefined) return link.close(REASON);
  api.host.spawn("node identity", async () => {
    await link.closed;
    watcher.close();
  });
  for (;;) {
    const events = await watcher.read();
    if (events === "closed") return;
    // Not to have seen all changes is no reason to trust: look again.
    if (knownKey(api, node) !== key) return link.close(REASON);
    if (events === "expired") return await closeWithIdentity(api, node, link);
  }
}
