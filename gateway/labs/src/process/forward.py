"""In a lab: takes connections on 127.0.0.1 to the gateway's proxy, beside the application."""
import asyncio, os, socket, sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
application = os.getpid()
if os.fork():
    listener.close()
    os.execvp(sys.argv[3], sys.argv[3:])


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def take(reader, writer):
    try:
        far_reader, far_writer = await asyncio.open_unix_connection(sys.argv[2])
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
        far_writer.close()
    except OSError:
        pass
    writer.close()


async def main():
    async with await asyncio.start_server(take, sock=listener):
        # Whoever has another parent by now has outlived the application.
        while os.getppid() == application:
            await asyncio.sleep(1)


asyncio.run(main())
