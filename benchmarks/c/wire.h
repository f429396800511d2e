/*
 * Handshakes and frames of two WebSocket dialects, RFC 6455 and hixie-76, as a client
 * sends and reads them. Nothing here touches a socket.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>

enum dialect { RFC6455, HIXIE76 };

/* The keys are always the examples of the two documents, so their answers are constants. */
#define RFC6455_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define RFC6455_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* The most that a frame adds to its payload. */
enum { FRAME_OVERHEAD = 14 };

enum kind { TEXT, PING, CLOSE, OTHER };

struct frame {
    enum kind kind;
    const char *payload;
    size_t length;
    size_t size; /* of the whole frame */
};

/* Write the client's half of the handshake for ws://127.0.0.1:PORT/PATH; return its length. */
size_t wire_request(enum dialect dialect, char *request, size_t space, unsigned port,
                    const char *path);

/* Return how many bytes the server's half takes, 0 while it is incomplete, -1 if it is none. */
long wire_answer(enum dialect dialect, const char *bytes, size_t count);

/* Write *text* as a client's frame; return its length. */
size_t wire_text(enum dialect dialect, char *frame, const char *text, size_t length);

/* Write the answer to a ping of RFC 6455, which carries at most 125 bytes. */
size_t wire_pong(char *frame, const char *payload, size_t length);

/* Read the server's next frame; return whether it is complete. */
bool wire_next(enum dialect dialect, const char *bytes, size_t count, struct frame *frame);

#endif
