package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * What a batch system gets that depends on this module. Its build takes the nearest declaration of each artifact, and the
 * parent's managed versions only for those that the module declares itself.
 */
class ConsumersDependenciesTest {

    private static final String JACKSON = "com.fasterxml.jackson.core.";

    @Test
    void shouldDeclareEveryPartOfJacksonItselfInOneVersion() throws Exception {
        Map<String, String> onClassPath = jacksonOnClassPath();

        assertThat(onClassPath)
                .containsKeys(JACKSON + "jackson-core", JACKSON + "jackson-annotations", JACKSON + "jackson-databind");
        assertThat(new TreeSet<>(onClassPath.values()))
                .as("versions of %s", onClassPath)
                .hasSize(1);
        assertThat(declared()).containsAll(onClassPath.keySet());
    }

    /** Major and minor version by group and artifact; annotations have no patches. */
    private static Map<String, String> jacksonOnClassPath() throws IOException {
        Map<String, String> found = new TreeMap<>();
        var manifests = ConsumersDependenciesTest.class.getClassLoader().getResources("META-INF/MANIFEST.MF");
        for (URL url : Collections.list(manifests)) {
            try (InputStream in = url.openStream()) {
                Attributes attributes = new Manifest(in).getMainAttributes();
                String name = String.valueOf(attributes.getValue("Bundle-SymbolicName"));
                if (name.startsWith(JACKSON)) {
                    String version = attributes.getValue("Bundle-Version");
                    found.put(name, version.split("\\.")[0] + "." + version.split("\\.")[1]);
                }
            }
        }
        return found;
    }

    private static Set<String> declared() throws Exception {
        Document pom = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("pom.xml").toFile());
        Set<String> declared = new TreeSet<>();
        var dependencies =
                ((Element) pom.getElementsByTagName("dependencies").item(0)).getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            if (dependency.getElementsByTagName("scope").getLength() == 0) {
                declared.add(text(dependency, "groupId") + "." + text(dependency, "artifactId"));
            }
        }
        return declared;
    }

    private static String text(Element parent, String name) {
        return parent.getElementsByTagName(name).item(0).getTextContent().strip();
    }
}
