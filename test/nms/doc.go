// Package nms takes what vmond hands out for LibreNMS as strictly as LibreNMS' poller does, and a little more so, for tests.
package nms
