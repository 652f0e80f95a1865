package dev.redrive.serde;

import java.io.IOException;
import java.io.InputStream;
import java.util.jar.JarFile;

/** Shows {@code io.confluent} out of a jar that holds much else. */
final class GenuineClasses extends ClassLoader implements AutoCloseable {

    private static final String GENUINE = "target/genuine/genuine.jar";

    private final JarFile jar = new JarFile(GENUINE);

    GenuineClasses(ClassLoader parent) throws IOException {
        super(parent);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        var entry = jar.getEntry(name.replace('.', '/') + ".class");
        if (entry == null || !name.startsWith("io.confluent.")) {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = jar.getInputStream(entry)) {
            byte[] bytes = in.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    @Override
    public void close() throws IOException {
        jar.close();
    }
}
