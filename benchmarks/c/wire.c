#define _GNU_SOURCE
#include "wire.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10, FINAL = 0x80 };
enum { MASKED = 0x80, LENGTH_16 = 126, LENGTH_64 = 127 };

/* draft-hixie-thewebsocketprotocol-76, section 1.3 */
static const char hixie_keys[] = "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"
                                 "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n";
static const char hixie_body[] = "^n:ds[4U";
static const char hixie_digest[] = "8jKS'y:G*Co,Wxa-";

size_t wire_request(enum dialect dialect, char *request, size_t space, unsigned port,
                    const char *path)
{
    const char *keys = dialect == HIXIE76 ? hixie_keys
                                          : "Sec-WebSocket-Key: " RFC6455_KEY "\r\n"
                                            "Sec-WebSocket-Version: 13\r\n";
    int length = snprintf(request, space,
                          "GET %s HTTP/1.1\r\n"
                          "Host: 127.0.0.1:%u\r\n"
                          "Upgrade: %s\r\n"
                          "Connection: Upgrade\r\n"
                          "%s\r\n%s",
                          path, port, dialect == HIXIE76 ? "WebSocket" : "websocket", keys,
                          dialect == HIXIE76 ? hixie_body : "");
    return (size_t)length < space ? (size_t)length : 0;
}

long wire_answer(enum dialect dialect, const char *bytes, size_t count)
{
    static const char status[] = "HTTP/1.1 101 ";
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end + 4 - bytes);
    if (memcmp(bytes, status, strlen(status)) != 0)
        return -1;
    if (dialect == RFC6455)
        return memmem(bytes, head, RFC6455_ACCEPT, strlen(RFC6455_ACCEPT)) ? (long)head : -1;
    size_t digest = strlen(hixie_digest);
    if (count < head + digest)
        return 0;
    return memcmp(bytes + head, hixie_digest, digest) == 0 ? (long)(head + digest) : -1;
}

static size_t masked_frame(char *frame, int opcode, const char *payload, size_t length)
{
    static const char mask[4] = {0x37, (char)0xfa, 0x21, 0x3d};
    size_t at = 0;
    frame[at++] = (char)(FINAL | opcode);
    if (length < LENGTH_16) {
        frame[at++] = (char)(MASKED | length);
    } else {
        frame[at++] = (char)(MASKED | LENGTH_16);
        frame[at++] = (char)(length >> 8);
        frame[at++] = (char)length;
    }
    memcpy(frame + at, mask, sizeof mask);
    at += sizeof mask;
    for (size_t i = 0; i < length; i++)
        frame[at + i] = payload[i] ^ mask[i % sizeof mask];
    return at + length;
}

size_t wire_text(enum dialect dialect, char *frame, const char *text, size_t length)
{
    if (dialect == RFC6455)
        return masked_frame(frame, OPCODE_TEXT, text, length);
    frame[0] = 0x00;
    memcpy(frame + 1, text, length);
    frame[length + 1] = (char)0xff;
    return length + 2;
}

size_t wire_pong(char *frame, const char *payload, size_t length)
{
    return masked_frame(frame, OPCODE_PONG, payload, length);
}

static bool next_rfc6455(const char *bytes, size_t count, struct frame *frame)
{
    const uint8_t *head = (const uint8_t *)bytes;
    size_t head_size = 2;
    if (count < head_size)
        return false;
    uint64_t length = head[1] & 0x7f;
    if (length == LENGTH_16 || length == LENGTH_64) {
        size_t bytes_of_length = length == LENGTH_16 ? 2 : 8;
        head_size += bytes_of_length;
        if (count < head_size)
            return false;
        length = 0;
        for (size_t i = 0; i < bytes_of_length; i++)
            length = length << 8 | head[2 + i];
    }
    if (count - head_size < length)
        return false;
    int opcode = head[0] & 0x0f;
    frame->kind = opcode == OPCODE_TEXT    ? TEXT
                  : opcode == OPCODE_PING  ? PING
                  : opcode == OPCODE_CLOSE ? CLOSE
                                           : OTHER;
    frame->payload = bytes + head_size;
    frame->length = length;
    frame->size = head_size + length;
    return true;
}

static bool next_hixie76(const char *bytes, size_t count, struct frame *frame)
{
    if (count < 2)
        return false;
    const char *end = memchr(bytes + 1, bytes[0] ? 0x00 : 0xff, count - 1);
    if (!end)
        return false;
    frame->kind = bytes[0] ? CLOSE : TEXT;
    frame->payload = bytes + 1;
    frame->length = (size_t)(end - bytes - 1);
    frame->size = frame->length + 2;
    return true;
}

bool wire_next(enum dialect dialect, const char *bytes, size_t count, struct frame *frame)
{
    return dialect == RFC6455 ? next_rfc6455(bytes, count, frame)
                              : next_hixie76(bytes, count, frame);
}
