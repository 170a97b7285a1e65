/**
 * One exec or attach session: a client's channels on the one hand, a stream to the node on the other.
 *
 * @module
 */
import {
  CHANNEL,
  encodeChannelFrame,
  readChannelFrames,
} from "../../base/channel_frames.ts";
import { decodeText } from "../../base/bytes.ts";
import type { MuxStream } from "../../base/mux.ts";
import { internalError } from "../../api/status.ts";
import type { Status } from "../../api/status_object.ts";
import type { ClientChannels } from "./client_channels.ts";
import { reasonOf, refusalOf } from "./node_stream.ts";

/** What a client may send besides stdin. */
const CONTROL_CHANNELS: readonly number[] = [CHANNEL.resize, CHANNEL.close];

/**
 * Runs a session to its end: the command's, the client's or the link's. Never rejects.
 *
 * @param options.stdin whether the client may send any
 */
export async function relayCommand(
  client: ClientChannels,
  stream: MuxStream,
  options: { stdin: boolean },
): Promise<void> {
  let finished = false;
  const up = sendUp(client, stream, options).then(
    () => "client left",
    () => "client broke off",
  ).then((reason) => {
    if (!finished) stream.reset(reason); // which ends the process
  });
  // while its input is held up nobody reads from the client
  client.gone.then(() => {
    if (!finished) stream.reset("client left");
  });
  const status = await sendDown(client, stream);
  finished = true;
  await client.finish(status);
  stream.reset("session ended");
  await up;
}

/** What the client sends, until it leaves. */
async function sendUp(
  client: ClientChannels,
  stream: MuxStream,
  { stdin }: { stdin: boolean },
): Promise<void> {
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {}); // the other direction tells why
  const allowed = stdin
    ? [CHANNEL.stdin, ...CONTROL_CHANNELS]
    : CONTROL_CHANNELS;
  let taken = true;
  for await (const { channel, payload } of client.frames()) {
    // a process that takes no input any more does not end the session: its output is still to come
    if (!taken || !allowed.includes(channel)) continue;
    await writer.write(encodeChannelFrame(channel, payload)).catch(() => {
      taken = false;
    });
  }
}

/** What the node sends; answers how the session ended. */
async function sendDown(
  client: ClientChannels,
  stream: MuxStream,
): Promise<Status> {
  try {
    for await (
      const { channel, payload } of readChannelFrames(stream.readable)
    ) {
      if (channel === CHANNEL.error) return JSON.parse(decodeText(payload));
      if (channel === CHANNEL.stdout || channel === CHANNEL.stderr) {
        await client.send(channel, payload);
      }
    }
    return internalError("the node ended the session without a status").status;
  } catch (error) {
    // before a session there is a refusal, which kube-apiserver meets when it asks the kubelet for an upgrade
    const what = refusalOf(error) === undefined
      ? "error in the session"
      : "unable to upgrade connection";
    return internalError(`${what}: ${reasonOf(error)}`).status;
  }
}
