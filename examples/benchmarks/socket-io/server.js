// One node: each user is a room, and a message goes to the room that it names.
// Arguments: the port, and the address of Redis.
const { createServer } = require("http");
const { createClient } = require("redis");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");

async function main(port, redis) {
  const publisher = createClient({ url: `redis://${redis}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const http = createServer();
  const io = new Server(http, {
    adapter: createAdapter(publisher, subscriber),
    transports: ["websocket"],
  });
  io.on("connection", (socket) => {
    socket.join(socket.handshake.query.user_id);
    socket.on("message", (to, body) => io.to(to).emit("message", body));
  });
  http.listen(port, "127.0.0.1", () => console.log(`ready: ${port}`));
}

main(Number(process.argv[2]), process.argv[3]);
