// What `wherry build greet.ts -o greet.mjs` makes of a server. A default export is served, on the container's first TCP port.
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    const replica = Deno.env.get("POD_NAME");
    return new Response(`Hello from ${replica}, you asked for ${pathname}\n`);
  },
};
