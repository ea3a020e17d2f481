// What Xerces-C says of messages: its one argument is a schema, each line of standard input names a file, and for each comes the
// line "valid NAME" or "invalid NAME". One process for thousands of files; nothing is fetched.

#include <iostream>
#include <memory>
#include <string>

#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLUni.hpp>
#include <xercesc/validators/common/Grammar.hpp>

using namespace xercesc;

class Verdict : public DefaultHandler {
public:
    bool valid = true;

    void error(const SAXParseException&) override { valid = false; }
    void fatalError(const SAXParseException&) override { valid = false; }

    // Whatever a file names outside itself is an empty text.
    InputSource* resolveEntity(const XMLCh*, const XMLCh*) override {
        static const XMLByte nothing[1] = {0};
        return new MemBufInputSource(nothing, 0, "nothing");
    }
};

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: verdicts SCHEMA < NAMES\n";
        return 2;
    }
    XMLPlatformUtils::Initialize();
    {
        std::unique_ptr<SAX2XMLReader> reader(XMLReaderFactory::createXMLReader());
        reader->setFeature(XMLUni::fgSAX2CoreNameSpaces, true);
        reader->setFeature(XMLUni::fgSAX2CoreValidation, true);
        reader->setFeature(XMLUni::fgXercesDynamic, false);
        reader->setFeature(XMLUni::fgXercesSchema, true);
        reader->setFeature(XMLUni::fgXercesSchemaFullChecking, true);
        Verdict schema;
        reader->setErrorHandler(&schema);
        if (!reader->loadGrammar(arguments[1], Grammar::SchemaGrammarType, true) || !schema.valid) {
            std::cerr << arguments[1] << " does not load\n";
            return 2;
        }
        reader->setFeature(XMLUni::fgXercesUseCachedGrammarInParse, true);
        reader->setFeature(XMLUni::fgXercesLoadSchema, false);
        reader->setFeature(XMLUni::fgXercesLoadExternalDTD, false);
        Verdict verdict;
        reader->setErrorHandler(&verdict);
        reader->setEntityResolver(&verdict);
        for (std::string name; std::getline(std::cin, name);) {
            verdict.valid = true;
            try {
                reader->parse(name.c_str());
            } catch (const XMLException&) {
                verdict.valid = false;
            } catch (const SAXException&) {
                verdict.valid = false;
            }
            std::cout << (verdict.valid ? "valid " : "invalid ") << name << '\n';
        }
    }
    XMLPlatformUtils::Terminate();
    return 0;
}
