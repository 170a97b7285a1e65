/**
 * The dictionary that both ends of a SPDY/3.1 session prime their header compression with (SPDY/3 draft, section 2.6.10.1).
 *
 * @module
 */
import { concat, encodeText } from "../bytes.ts";

/** Words that stand in the dictionary after their length. */
const WORDS = [
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow",
  "authorization cache-control connection content-base content-encoding content-language content-length",
  "content-location content-md5 content-range content-type date etag expect expires from host if-match",
  "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma",
  "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade",
  "user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie",
  "keep-alive origin",
].join(" ").split(" ").map((word) => word.replace("_", " "));

/** What follows the words. */
const TAIL = [
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505",
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized",
  "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable",
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT",
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,",
  "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.",
].join("");

/** The dictionary's Adler-32, by which a zlib header names it. */
export const DICTIONARY_ID = [0xe3, 0xc6, 0xa7, 0xc2] as const;

/** Makes the dictionary. */
export function headerDictionary(): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const word of WORDS) {
    parts.push(new Uint8Array([0, 0, 0, word.length]), encodeText(word));
  }
  parts.push(encodeText(TAIL));
  return concat(parts);
}
