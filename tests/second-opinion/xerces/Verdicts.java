import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import javax.xml.parsers.SAXParserFactory;
import javax.xml.validation.Schema;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.XMLReader;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What Xerces-J says of messages: its one argument is a schema, each line of standard input names a file, and for each comes the
 * line "valid NAME" or "invalid NAME". One process for thousands of files; nothing is fetched.
 */
public final class Verdicts extends DefaultHandler {
    private boolean valid;

    private Verdicts() {
    }

    @Override
    public void error(SAXParseException fault) {
        valid = false;
    }

    @Override
    public void fatalError(SAXParseException fault) throws SAXException {
        valid = false;
        throw fault;
    }

    @Override
    public InputSource resolveEntity(String publicId, String systemId) throws SAXException {
        throw new SAXException("nothing outside the file is read");
    }

    public static void main(String[] arguments) throws Exception {
        Schema schema = new org.apache.xerces.jaxp.validation.XMLSchemaFactory().newSchema(new File(arguments[0]));
        SAXParserFactory factory = new org.apache.xerces.jaxp.SAXParserFactoryImpl();
        factory.setNamespaceAware(true);
        factory.setSchema(schema);
        XMLReader reader = factory.newSAXParser().getXMLReader();
        Verdicts verdicts = new Verdicts();
        reader.setErrorHandler(verdicts);
        reader.setEntityResolver(verdicts);
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String name = names.readLine(); name != null; name = names.readLine()) {
            verdicts.valid = true;
            try (InputStream bytes = new FileInputStream(name)) {
                reader.parse(new InputSource(bytes));
            } catch (SAXException | java.io.IOException fault) {
                verdicts.valid = false;
            }
            said.append(verdicts.valid ? "valid " : "invalid ").append(name).append('\n');
        }
        System.out.print(said);
    }
}
